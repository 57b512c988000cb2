variable "zones" {
  description = "The zones that nodes are in; production needs three."
  type        = list(string)
}

variable "cidrs" {
  description = "The network's ranges, as modules/vpc takes them."
  type = object({
    nodes            = string
    pods             = string
    services         = string
    functions        = string
    bastion          = string
    private_services = string
    control_plane    = string
  })
}

variable "other_networks" {
  description = "Networks that this one must stay apart from, such as other environments', by name."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for cidr in values(var.other_networks) : can(cidrhost(cidr, 0))])
    error_message = "other_networks: ${join(", ", [for name, cidr in var.other_networks : "${name} = ${cidr}" if !can(cidrhost(cidr, 0))])} is not a CIDR. Write a network and its length, such as 10.20.0.0/14."
  }
}

variable "nat_address_count" {
  description = "How many fixed addresses calls to the internet come from."
  type        = number
  default     = 2
}

variable "flow_log_sampling" {
  description = "The share of flows that is logged, 0 to 1."
  type        = number
  default     = 1
}

variable "bastion_members" {
  description = "Who may log in to the bastion, by a name for people: group:... as a rule."
  type        = map(string)
}

variable "gateway_endpoint_group" {
  description = "The name that the gateway's Service gives its network endpoint groups (annotation cloud.google.com/neg); null until it is deployed, as the groups do not exist before."
  type        = string
  default     = null
}
