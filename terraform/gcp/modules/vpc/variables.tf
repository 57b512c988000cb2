variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,29}$", var.name))
    error_message = "name: ${var.name} is not a usable prefix. Use 3 to 30 lower-case letters, digits and dashes, a letter first."
  }
}

variable "project_id" {
  description = "The project in which everything is created, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id: ${var.project_id} is not a project's id. Use the id (not the name or the number), 6 to 30 lower-case letters, digits and dashes."
  }
}

variable "region" {
  description = "The region, such as us-east1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "region: ${var.region} is not a region. Use one such as us-east1, without a zone's letter."
  }
}

variable "labels" {
  description = "Labels of everything that supports them: service, environment, owner, cost_centre, data_class and any others."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["service", "environment", "owner", "cost_centre", "data_class"], keys(var.labels))) == 0
    error_message = "labels: ${join(", ", setsubtract(["service", "environment", "owner", "cost_centre", "data_class"], keys(var.labels)))} missing. Use all of service, environment, owner, cost_centre and data_class."
  }

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{1,63}$", value))])
    error_message = "labels: a key or value that Google Cloud refuses. Use lower-case letters, digits, _ and -, 63 at most, and a letter first in keys."
  }
}

variable "cidrs" {
  description = "The network's ranges. private_services is allocated to Google for Cloud SQL and Memorystore, control_plane (a /28) to GKE; the rest are subnets, pods and services being secondary ranges of nodes."
  type = object({
    nodes            = string
    pods             = string
    services         = string
    functions        = string
    bastion          = string
    private_services = string
    control_plane    = string
  })

  validation {
    condition     = alltrue([for cidr in values(var.cidrs) : can(cidrhost(cidr, 0))])
    error_message = "cidrs: ${join(", ", [for key, cidr in var.cidrs : "${key} = ${cidr}" if !can(cidrhost(cidr, 0))])} is not a CIDR. Write a network and its length, such as 10.40.0.0/20."
  }

  validation {
    condition     = alltrue([for cidr in values(var.cidrs) : try(cidr == "${cidrhost(cidr, 0)}/${split("/", cidr)[1]}", true)])
    error_message = "cidrs: ${join(", ", [for key, cidr in var.cidrs : "${key} = ${cidr}" if !try(cidr == "${cidrhost(cidr, 0)}/${split("/", cidr)[1]}", true)])} has bits set beyond its length. Write the network's first address."
  }

  validation {
    condition     = can(regex("/28$", var.cidrs.control_plane))
    error_message = "cidrs: control_plane = ${var.cidrs.control_plane} is not a /28. GKE takes exactly a /28 for its control plane, such as 172.16.0.0/28."
  }
}

variable "service_ports" {
  description = "The TCP ports of pods that Google's load balancers and their health checks reach."
  type        = list(string)
  default     = ["8080"]

  validation {
    condition     = length(var.service_ports) > 0 && alltrue([for port in var.service_ports : try(tonumber(port) > 0 && tonumber(port) < 65536, false)])
    error_message = "service_ports: ${join(", ", var.service_ports)} is not a list of ports. Use at least one number from 1 to 65535."
  }
}

variable "nat_address_count" {
  description = "How many fixed addresses Cloud NAT sends from: each carries 64,512 connections to one destination."
  type        = number
  default     = 2

  validation {
    condition     = var.nat_address_count >= 1 && var.nat_address_count <= 16 && floor(var.nat_address_count) == var.nat_address_count
    error_message = "nat_address_count: ${var.nat_address_count} is not possible. Use a whole number from 1 to 16."
  }
}

variable "flow_log_sampling" {
  description = "The share of flows that is logged, 0 to 1. Below 1, investigations have gaps."
  type        = number
  default     = 1

  validation {
    condition     = var.flow_log_sampling > 0 && var.flow_log_sampling <= 1
    error_message = "flow_log_sampling: ${var.flow_log_sampling} is not a share. Use more than 0, at most 1: flow logs are never off."
  }
}
