variable "name" {
  description = "Begins every bucket's name, such as fieldday-staging."
  type        = string
}

variable "kms_key_arn" {
  description = "The key that encrypts the buckets."
  type        = string
}
