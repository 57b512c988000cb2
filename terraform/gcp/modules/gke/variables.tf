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

variable "zones" {
  description = "The zones that nodes are in, of the region: three, so that one may be lost."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 1 && length(distinct(var.zones)) == length(var.zones) && alltrue([for zone in var.zones : can(regex("^${var.region}-[a-z]$", zone))])
    error_message = "zones: ${join(", ", var.zones)} are not different zones of ${var.region}. Use them such as ${var.region}-b."
  }
}

variable "network_id" {
  description = "The network, from the vpc module."
  type        = string
}

variable "subnet_id" {
  description = "The subnet of the nodes, from the vpc module."
  type        = string
}

variable "pods_range_name" {
  description = "The subnet's secondary range for pods."
  type        = string
}

variable "services_range_name" {
  description = "The subnet's secondary range for Kubernetes Services."
  type        = string
}

variable "control_plane_cidr" {
  description = "The /28 of the control plane."
  type        = string

  validation {
    condition     = can(cidrhost(var.control_plane_cidr, 0)) && endswith(var.control_plane_cidr, "/28")
    error_message = "control_plane_cidr: ${var.control_plane_cidr} is not a /28. Use one such as 172.16.0.0/28, apart from all other ranges."
  }
}

variable "node_tag" {
  description = "The network tag of nodes, from the vpc module."
  type        = string
}

variable "authorised_networks" {
  description = "Who may reach the private endpoint: ranges by a name for people."
  type        = map(string)

  validation {
    condition     = length(var.authorised_networks) > 0 && alltrue([for cidr in values(var.authorised_networks) : can(cidrhost(cidr, 0)) && !startswith(cidr, "0.0.0.0")])
    error_message = "authorised_networks: ${join(", ", [for key, cidr in var.authorised_networks : "${key} = ${cidr}"])} must be at least one CIDR, and none of the whole internet. Use the bastion's subnet."
  }
}

variable "release_channel" {
  description = "How soon new Kubernetes versions come: RAPID, REGULAR, STABLE or EXTENDED."
  type        = string
  default     = "REGULAR"

  validation {
    condition     = contains(["RAPID", "REGULAR", "STABLE", "EXTENDED"], var.release_channel)
    error_message = "release_channel: ${var.release_channel} is unknown. Use RAPID, REGULAR, STABLE or EXTENDED."
  }
}

variable "maintenance" {
  description = "When Google may change the cluster: a window that recurs (RFC 5545), start and end in UTC."
  type        = object({ start = string, end = string, recurrence = string })
  default     = { start = "2026-01-06T08:00:00Z", end = "2026-01-06T12:00:00Z", recurrence = "FREQ=WEEKLY;BYDAY=TU,WE,TH" }

  validation {
    condition     = can(formatdate("YYYY", var.maintenance.start)) && can(formatdate("YYYY", var.maintenance.end)) && startswith(var.maintenance.recurrence, "FREQ=")
    error_message = "maintenance: start and end must be times such as 2026-01-06T08:00:00Z, and recurrence a rule such as FREQ=WEEKLY;BYDAY=TU."
  }
}

variable "node_pools" {
  description = "The pools of nodes by name. Spot nodes are cheap and may vanish in 30 seconds: only pods that tolerate cloud.google.com/gke-spot run there. reservation names reserved capacity to use."
  type = map(object({
    machine_type = string
    spot         = optional(bool, false)
    min_nodes    = number
    max_nodes    = number
    disk_gb      = optional(number, 100)
    reservation  = optional(string)
  }))

  validation {
    condition     = length([for pool in values(var.node_pools) : pool if !pool.spot]) > 0
    error_message = "node_pools: none is on demand. The services need one with spot = false."
  }

  validation {
    condition     = alltrue([for pool in values(var.node_pools) : pool.min_nodes >= 0 && pool.max_nodes >= max(1, pool.min_nodes)])
    error_message = "node_pools: ${join(", ", [for name, pool in var.node_pools : name if !(pool.min_nodes >= 0 && pool.max_nodes >= max(1, pool.min_nodes))])} has min_nodes above max_nodes. Use 0 <= min_nodes <= max_nodes."
  }

  validation {
    condition     = alltrue([for pool in values(var.node_pools) : !(pool.spot && pool.reservation != null)])
    error_message = "node_pools: ${join(", ", [for name, pool in var.node_pools : name if pool.spot && pool.reservation != null])} is spot and reserved. Reserved capacity is for nodes on demand."
  }
}

variable "cluster_key_id" {
  description = "The key that encrypts Kubernetes' Secrets in etcd."
  type        = string
}

variable "disk_key_id" {
  description = "The key that encrypts the nodes' disks."
  type        = string
}

variable "image_key_id" {
  description = "The key that encrypts the images."
  type        = string
}

variable "release_key_id" {
  description = "The key that signs released images."
  type        = string
}

variable "deployer_account" {
  description = "The service account that pushes images."
  type        = string
}

variable "workload_identities" {
  description = "Which pods run as which Google service account: namespace, Kubernetes service account, Google's e-mail address."
  type        = map(object({ namespace = string, service_account = string, google_account = string }))
  default     = {}
}

variable "enforce_attestation" {
  description = "Whether an image that the release pipeline has not signed is refused (true) or only logged."
  type        = bool
  default     = true
}

variable "unattested_images" {
  description = "Images of others, which nobody here signs, such as us-docker.pkg.dev/my-project/mirror/*."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for pattern in var.unattested_images : can(regex("^[a-z0-9.-]+/[^*]+", pattern))])
    error_message = "unattested_images: ${join(", ", var.unattested_images)} would permit images of more than one source. Name a registry and a path, with * at the end at most."
  }
}

variable "rbac_group" {
  description = "The Google group to whose nested groups Kubernetes roles can be bound, gke-security-groups@your-domain; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.rbac_group == null || can(regex("^gke-security-groups@", var.rbac_group))
    error_message = "rbac_group: ${coalesce(var.rbac_group, "null")} is refused by GKE. The group's name must be gke-security-groups@your-domain."
  }
}

variable "image_retention_days" {
  description = "After how many days an image without a tag goes. The last 30 of each service stay, tagged or not."
  type        = number
  default     = 90

  validation {
    condition     = var.image_retention_days >= 1
    error_message = "image_retention_days: ${var.image_retention_days} is not a number of days. Use 1 or more."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the cluster."
  type        = bool
  default     = true
}
