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
  description = "The project's number, in the names of Google's service agents."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "project_number: ${var.project_number} is not a number. Use what `gcloud projects describe` shows as projectNumber."
  }
}

variable "recovery_region" {
  description = "The region where copies are kept and the platform is rebuilt after a loss, such as us-west1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.recovery_region)) && var.recovery_region != var.region
    error_message = "recovery_region: ${var.recovery_region} must be a region other than ${var.region}. Use one such as us-west1."
  }
}

variable "multi_region" {
  description = "The multi-region of buckets that span both regions, in which their key must be: us, europe or asia."
  type        = string
  default     = "us"

  validation {
    condition     = contains(["us", "europe", "asia"], var.multi_region)
    error_message = "multi_region: ${var.multi_region} has no keys for buckets. Use us, europe or asia."
  }
}

variable "log_writer" {
  description = "The service agent that encrypts log buckets: data.google_logging_project_cmek_settings.service_account_id."
  type        = string
}

variable "key_protection" {
  description = "Where keys are kept: HSM or SOFTWARE."
  type        = string
  default     = "HSM"

  validation {
    condition     = contains(["HSM", "SOFTWARE"], var.key_protection)
    error_message = "key_protection: ${var.key_protection} is unknown. Use HSM or SOFTWARE."
  }
}

variable "services" {
  description = "The services by name, and the stores that each connects to."
  type        = map(object({ stores = list(string) }))

  validation {
    condition     = alltrue([for name in keys(var.services) : can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", name))])
    error_message = "services: ${join(", ", [for name in keys(var.services) : name if !can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", name))])} is not a service's name. Use 3 to 22 lower-case letters, digits and dashes."
  }
}

variable "database_instance" {
  description = "The name of the Cloud SQL instance (its replica's begins alike) that services with a PostgreSQL store may log in to."
  type        = string
}

variable "secret_rotation_days" {
  description = "After how many days people are asked to replace a service's secret."
  type        = number
  default     = 90

  validation {
    condition     = var.secret_rotation_days >= 1 && var.secret_rotation_days <= 365
    error_message = "secret_rotation_days: ${var.secret_rotation_days} is not between 1 and 365. Use a number of days."
  }
}

variable "requests_per_minute" {
  description = "How many requests a minute one address may send before it gets 429. At four times as many it is shut out for ten minutes."
  type        = number
  default     = 1200

  validation {
    condition     = var.requests_per_minute >= 10 && var.requests_per_minute <= 10000
    error_message = "requests_per_minute: ${var.requests_per_minute} is not between 10 and 10000. Take the gateway's rate_limits.per_ip from catalog.yaml."
  }
}

variable "host_requests_per_minute" {
  description = "Stricter limits of single hosts, such as payments.fieldday.example = 60."
  type        = map(number)
  default     = {}

  validation {
    condition     = length(var.host_requests_per_minute) <= 50 && alltrue([for limit in values(var.host_requests_per_minute) : limit >= 10 && limit <= 10000])
    error_message = "host_requests_per_minute: at most 50 hosts, each with 10 to 10000 requests a minute."
  }
}

variable "allowed_locations" {
  description = "Where resources may be created, as in gcp.resourceLocations."
  type        = list(string)
  default     = ["in:us-locations"]

  validation {
    condition     = length(var.allowed_locations) > 0
    error_message = "allowed_locations: empty, so that nothing could be made. Use value groups such as in:us-locations."
  }
}
