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

variable "project_number" {
  description = "The project's number, in the name of the load balancer's service agent, which reads the static files."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "project_number: ${var.project_number} is not a number. Use what `gcloud projects describe` shows as projectNumber."
  }
}

variable "domain" {
  description = "The domain whose name and every name below it are served, such as fieldday.example."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain: ${var.domain} is not a domain's name. Use one such as fieldday.example, without a dot at the end."
  }
}

variable "static_host" {
  description = "The name below the domain under which static files are, such as static."
  type        = string
  default     = "static"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.static_host))
    error_message = "static_host: ${var.static_host} is not a name below the domain. Use one word such as static."
  }
}

variable "dns_zone" {
  description = "The Cloud DNS zone of the domain, in which its records are created; null if DNS is elsewhere."
  type        = string
  default     = null
}

variable "endpoint_groups" {
  description = "The network endpoint groups of the cluster's gateway, one per zone. GKE creates them with the gateway's Service, so empty at first: then the load balancer answers 503."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for group in var.endpoint_groups : can(regex("^projects/[^/]+/zones/[^/]+/networkEndpointGroups/[^/]+$", group))])
    error_message = "endpoint_groups: ${join(", ", var.endpoint_groups)} must be projects/PROJECT/zones/ZONE/networkEndpointGroups/NAME."
  }
}

variable "health_path" {
  description = "The path of Google's health check on the gateway."
  type        = string
  default     = "/readyz"

  validation {
    condition     = startswith(var.health_path, "/")
    error_message = "health_path: ${var.health_path} is not a path. Begin with /."
  }
}

variable "requests_per_endpoint" {
  description = "How many requests a second one endpoint of the gateway gets before others get more."
  type        = number
  default     = 500

  validation {
    condition     = var.requests_per_endpoint >= 1
    error_message = "requests_per_endpoint: ${var.requests_per_endpoint} would send nothing. Use 1 or more."
  }
}

variable "security_policy_id" {
  description = "The Cloud Armor policy of the services, from the security module."
  type        = string
}

variable "edge_policy_id" {
  description = "The Cloud Armor policy of the static files, from the security module."
  type        = string
}

variable "assets_bucket" {
  description = "The bucket of the static files. Its objects' names hold their content's hash, so they never change."
  type        = string
}

variable "assets_ttl_seconds" {
  description = "How long static files are cached, at the edge and in browsers: at most a year."
  type        = number
  default     = 31536000

  validation {
    condition     = var.assets_ttl_seconds >= 3600 && var.assets_ttl_seconds <= 31536000
    error_message = "assets_ttl_seconds: ${var.assets_ttl_seconds} is not between an hour (3600) and a year (31536000)."
  }
}
