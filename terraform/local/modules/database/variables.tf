variable "name" {
  description = "The instance's identifier, such as fieldday-staging."
  type        = string
}

variable "environment" {
  description = "Production must stand by in a second zone."
  type        = string
}

variable "vpc_id" {
  description = "Where it runs."
  type        = string
}

variable "vpc_cidr" {
  description = "Who may connect."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of at least two zones."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "The key that encrypts the instance and its secret."
  type        = string
}

variable "instance" {
  description = "Class, storage in GB, days that backups are kept, and whether it stands by in a second zone."
  type = object({
    instance_class = string
    storage_gb     = number
    backup_days    = number
    multi_az       = bool
  })
}

variable "password" {
  description = "The master password."
  type        = string
  sensitive   = true
}
