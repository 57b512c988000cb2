variable "name" {
  description = "Prefix of every name, such as fieldday-staging."
  type        = string
}

variable "database_id" {
  description = "The database that is watched."
  type        = string
}
