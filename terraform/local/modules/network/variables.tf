variable "name" {
  description = "Prefix of every name, such as fieldday-staging."
  type        = string
}

variable "cidr" {
  description = "The VPC's addresses."
  type        = string
}

variable "zones" {
  description = "The availability zones."
  type        = list(string)
}
