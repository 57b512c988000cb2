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

variable "project_number" {
  description = "The project's number, in the name of the service agent that publishes alerts."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "project_number: ${var.project_number} is not a number. Use what `gcloud projects describe` shows as projectNumber."
  }
}

variable "thresholds" {
  description = <<-TEXT
    When to alert.
    error_rate_percent: answers of status 500 and above, of all answers.
    p95_milliseconds: 95th percentile of the time to answer.
    disk_free_percent: free space, at least.
    utilisation_percent: CPU or memory in use.
    pool_used_percent: database connections in use, of those there are.
    payment_failures: failed payments within five minutes.
  TEXT
  type = object({
    error_rate_percent  = optional(number, 1)
    p95_milliseconds    = optional(number, 500)
    disk_free_percent   = optional(number, 20)
    utilisation_percent = optional(number, 80)
    pool_used_percent   = optional(number, 90)
    payment_failures    = optional(number, 5)
  })
  default = {}

  validation {
    condition     = alltrue([for key in ["error_rate_percent", "disk_free_percent", "utilisation_percent", "pool_used_percent"] : var.thresholds[key] > 0 && var.thresholds[key] < 100])
    error_message = "thresholds: a share in per cent is not between 0 and 100. An alert there would always or never fire."
  }

  validation {
    condition     = var.thresholds.p95_milliseconds > 0 && var.thresholds.payment_failures >= 1
    error_message = "thresholds: p95_milliseconds is 0 or less, or payment_failures below 1. The alert would always fire."
  }
}

variable "services" {
  description = "The services by name: the channel that is paged, and the tier: critical pages at any hour, batch never. From catalog.yaml."
  type        = map(object({ paging = string, tier = string }))

  validation {
    condition     = length(var.services) > 0 && alltrue([for service in values(var.services) : contains(["critical", "standard", "batch"], service.tier)])
    error_message = "services: empty, or ${join(", ", [for name, service in var.services : "${name} has tier ${service.tier}" if !contains(["critical", "standard", "batch"], service.tier)])}. Use critical, standard or batch."
  }
}

variable "platform_channel" {
  description = "The channel that is paged for shared infrastructure: databases, caches, nodes."
  type        = string
  default     = "#page-platform"
}

variable "subscriptions" {
  description = "Recipients of a channel's alerts: e-mail addresses by channel. Pagers receive them from the topic `alerts`."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue([for address in flatten(values(var.subscriptions)) : can(regex("^[^@ ]+@[^@ ]+\\.[a-z]+$", address))])
    error_message = "subscriptions: ${join(", ", [for address in flatten(values(var.subscriptions)) : address if !can(regex("^[^@ ]+@[^@ ]+\\.[a-z]+$", address))])} is not an e-mail address."
  }

  validation {
    condition     = length(setsubtract(keys(var.subscriptions), concat([var.platform_channel], [for service in values(var.services) : service.paging]))) == 0
    error_message = "subscriptions: ${join(", ", setsubtract(keys(var.subscriptions), concat([var.platform_channel], [for service in values(var.services) : service.paging])))} is not a service's paging channel. See catalog.yaml."
  }
}

variable "payments_service" {
  description = "The service whose failed payments are counted."
  type        = string
  default     = "payments"

  validation {
    condition     = contains(keys(var.services), var.payments_service)
    error_message = "payments_service: ${var.payments_service} is not one of the services. Use its name in catalog.yaml."
  }
}

variable "databases" {
  description = "The Cloud SQL instances by name, and how many connections each takes."
  type        = map(object({ max_connections = number }))
  default     = {}
}

variable "caches" {
  description = "The Memorystore instances' ids by name."
  type        = map(string)
  default     = {}
}

variable "cluster_name" {
  description = "The cluster whose nodes and services are watched."
  type        = string
}

variable "rotation_subscription" {
  description = "The Pub/Sub subscription with secrets that are due for rotation."
  type        = string
}

variable "uptime_checks" {
  description = "Uptime checks from outside, each minute: a host and a path by name."
  type        = map(object({ host = string, path = optional(string, "/livez") }))
  default     = {}

  validation {
    condition     = alltrue([for check in values(var.uptime_checks) : !strcontains(check.host, "/") && startswith(check.path, "/")])
    error_message = "uptime_checks: host is a name without https://, and path begins with /."
  }
}

variable "log_key_id" {
  description = "The key that encrypts logs."
  type        = string
}

variable "topic_key_id" {
  description = "The key that encrypts the topic of alerts."
  type        = string
}

variable "service_log_days" {
  description = "For how many days the services' logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = var.service_log_days >= 30 && var.service_log_days <= 365
    error_message = "service_log_days: ${var.service_log_days} is not between 30 and 365. Fewer are too short to investigate an incident; more keep personal data too long."
  }
}

variable "audit_log_days" {
  description = "For how many days the audit logs are kept."
  type        = number
  default     = 400

  validation {
    condition     = var.audit_log_days >= 365 && var.audit_log_days <= 3650
    error_message = "audit_log_days: ${var.audit_log_days} is not between 365 and 3650. Auditors ask for a year."
  }
}

variable "lock_audit_logs" {
  description = "Whether nobody, not even an owner, can shorten that or delete the bucket. Irreversible."
  type        = bool
  default     = false
}
