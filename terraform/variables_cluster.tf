variable "kubernetes_version" {
  description = "Kubernetes version. Raise it by one minor version at a time, staging first."
  type        = string
}

variable "api_public_cidrs" {
  description = "Networks that reach the cluster's API server from the internet. Empty: bastion and VPN alone."
  type        = set(string)
  default     = []
}

variable "node_groups" {
  description = "Nodes by group; on demand or spot (modules/eks, node_groups)."
  type = map(object({
    capacity_type  = optional(string, "ON_DEMAND")
    instance_types = list(string)
    min            = number
    desired        = number
    max            = number
    disk_gib       = optional(number, 50)
    labels         = optional(map(string), {})
    taints = optional(list(object({
      key    = string
      value  = string
      effect = string
    })), [])
  }))
}

variable "cluster_access" {
  description = "Who may use the cluster: IAM roles, with groups of the cluster's own roles or an EKS access policy (modules/eks, access_entries)."
  type = map(object({
    principal_arn     = string
    kubernetes_groups = optional(set(string), [])
    policy            = optional(string)
    namespaces        = optional(set(string), [])
  }))
}

variable "human_principal_arns" {
  description = "Who may assume the roles viewer, operator and break-glass."
  type        = list(string)
  default     = []
}

variable "image_reader_accounts" {
  description = "Other AWS accounts whose clusters pull from the image repositories."
  type        = set(string)
  default     = []
}
