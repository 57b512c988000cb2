variable "environment" {
  description = "The environment; part of every resource's name."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment: is not known. Use development, staging or production."
  }
}

variable "endpoint_url" {
  description = "The sandbox's AWS API, such as http://127.0.0.1:5000."
  type        = string

  validation {
    condition     = can(regex("^https?://(127\\.|localhost|moto)", var.endpoint_url))
    error_message = "endpoint_url: is not on this machine. This root is for the sandbox; use terraform/ on AWS."
  }
}

variable "vpc_cidr" {
  description = "The VPC's address range; each subnet gets a 16th of it."
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(cidrsubnet(var.vpc_cidr, 4, 15))
    error_message = "vpc_cidr: is not an IPv4 block with room for 16 subnets. Use one such as 10.20.0.0/16."
  }
}

variable "zones" {
  description = "The availability zones, each with a public, a private and a database subnet."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 5 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones: a database needs two to five different zones. Name them, such as us-east-1a and us-east-1b."
  }
}

variable "database" {
  description = "The PostgreSQL instance: class, storage in GB, days that backups are kept, and whether it has a standby in a second zone."
  type = object({
    instance_class = string
    storage_gb     = number
    backup_days    = number
    multi_az       = bool
  })

  validation {
    condition     = var.database.storage_gb >= 20 && var.database.backup_days >= 1 && var.database.backup_days <= 35
    error_message = "database: storage_gb is below 20, or backup_days not 1 to 35. Fix that value."
  }
}

variable "database_password" {
  description = "The master password. From the environment (TF_VAR_database_password), never from a file."
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.database_password) >= 16
    error_message = "database_password: is shorter than 16 characters. Set TF_VAR_database_password."
  }
}
