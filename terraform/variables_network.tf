variable "vpc_cidr" {
  description = "Addresses of the environment's network, /16 to /20. They can't be changed later."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && can(regex("/(16|17|18|19|20)$", var.vpc_cidr))
    error_message = "vpc_cidr: '${var.vpc_cidr}' is not an IPv4 network from /16 to /20. Use one such as 10.0.0.0/16."
  }
}

variable "service_cidr" {
  description = "Addresses of Kubernetes Services. They can't be changed later."
  type        = string
  default     = "172.20.0.0/16"
}

variable "other_networks" {
  description = "Networks that this one is or will be connected with, by name: other environments, offices. None may overlap."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for cidr in var.other_networks : can(cidrnetmask(cidr))])
    error_message = "other_networks: ${join(", ", [for name, cidr in var.other_networks : name if !can(cidrnetmask(cidr))])} is not an IPv4 network. Write it such as 10.1.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones, in the order in which subnets are numbered. Three in production."
  type        = list(string)
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones instead of one in each: saves about 65 dollars a month, and stops calls to the internet with its zone."
  type        = bool
}

variable "interface_endpoints" {
  description = "AWS services that are reached without NAT by an endpoint in each zone, about 22 dollars a month each. Null: those that nodes and bastion use."
  type        = set(string)
  default     = null
}

variable "dns_zone_id" {
  description = "Route 53 zone of the domain, for the records of services and assets. Null: they are created elsewhere."
  type        = string
  default     = null
}

variable "edge" {
  description = <<-EOT
    The load balancer: its certificate in ACM, whether only private networks reach it, who may
    connect, and whether it also has addresses that never change, for partners' allow-lists.
  EOT
  type = object({
    certificate_arn = string
    internal        = bool
    client_cidrs    = optional(set(string), ["0.0.0.0/0"])
    fixed_addresses = optional(bool, false)
  })
}

variable "assets" {
  description = "Static assets: host names, and their certificate in us-east-1. Without one, CloudFront's own name."
  type = object({
    aliases         = list(string)
    certificate_arn = string
  })
  default = {
    aliases         = []
    certificate_arn = null
  }
}

variable "bastion" {
  description = "The bastion: whether it runs, and networks that may use SSH (none: SSM Session Manager only)."
  type = object({
    running   = bool
    ssh_cidrs = optional(set(string), [])
  })
}

variable "vpn" {
  description = <<-EOT
    The client VPN: addresses for clients, its certificate in ACM, and how clients prove who they
    are (a certificate authority in ACM, a SAML provider in IAM, or both). Null: there is none.
  EOT
  type = object({
    client_cidr                      = string
    server_certificate_arn           = string
    client_certificate_authority_arn = optional(string)
    saml_provider_arn                = optional(string)
    authorizations = optional(map(object({
      cidr  = string
      group = optional(string)
    })))
  })
  default = null
}
