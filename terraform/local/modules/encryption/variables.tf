variable "name" {
  description = "Names the key's alias, such as fieldday-staging."
  type        = string
}
