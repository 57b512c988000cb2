variable "release_channel" {
  description = "How soon new Kubernetes versions come: RAPID, REGULAR, STABLE or EXTENDED."
  type        = string
  default     = "REGULAR"
}

variable "node_pools" {
  description = "The pools of nodes by name: on demand or spot, and reserved capacity to use. Same format as in modules/gke."
  type = map(object({
    machine_type = string
    spot         = optional(bool, false)
    min_nodes    = number
    max_nodes    = number
    disk_gb      = optional(number, 100)
    reservation  = optional(string)
  }))
}

variable "rbac_group" {
  description = "The Google group to whose nested groups Kubernetes roles can be bound; null for none."
  type        = string
  default     = null
}

variable "enforce_attestation" {
  description = "Whether an image that the release pipeline has not signed is refused, or only logged."
  type        = bool
  default     = true
}

variable "unattested_images" {
  description = "Images of others, which nobody here signs, such as the External Secrets operator's in our mirror."
  type        = list(string)
  default     = []
}
