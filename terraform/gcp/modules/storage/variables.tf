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

variable "recovery_region" {
  description = "The second region in which every object is, such as us-west1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.recovery_region)) && var.recovery_region != var.region
    error_message = "recovery_region: ${var.recovery_region} must be a region other than ${var.region}. Use one such as us-west1."
  }
}

variable "multi_region" {
  description = "The multi-region that both regions are in: us, europe or asia."
  type        = string
  default     = "us"

  validation {
    condition     = contains(["us", "europe", "asia"], var.multi_region)
    error_message = "multi_region: ${var.multi_region} has no buckets in two regions. Use us, europe or asia."
  }
}

variable "key_id" {
  description = "The key, in the multi-region, that encrypts the objects."
  type        = string
}

variable "fast_replication" {
  description = "Whether a new object is in both regions within 15 minutes (turbo replication) rather than most often within an hour."
  type        = bool
  default     = true
}

variable "soft_delete_days" {
  description = "For how many days a deleted object can be brought back, whoever deleted it."
  type        = number
  default     = 30

  validation {
    condition     = var.soft_delete_days >= 7 && var.soft_delete_days <= 90
    error_message = "soft_delete_days: ${var.soft_delete_days} is not between 7 and 90. Google keeps deleted objects 7 to 90 days."
  }
}

variable "buckets" {
  description = "The buckets by name: what data they hold, how long earlier versions (version_days), objects (delete_after_days) and undeletable objects (retention_days) stay, when objects go to cheaper storage (archive_after_days), who reads and who writes. A bucket with retention_days keeps no versions: nothing in it can be replaced."
  type = map(object({
    data_class         = string
    version_days       = optional(number, 30)
    archive_after_days = optional(number)
    delete_after_days  = optional(number)
    retention_days     = optional(number)
    retention_locked   = optional(bool, false)
    cors_origins       = optional(list(string), [])
    readers            = optional(map(string), {})
    writers            = optional(map(string), {})
  }))

  validation {
    condition     = alltrue([for name in keys(var.buckets) : can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", name))])
    error_message = "buckets: ${join(", ", [for name in keys(var.buckets) : name if !can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", name))])} is not a bucket's name. Use 3 to 32 lower-case letters, digits and dashes."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : contains(["public", "internal", "confidential", "restricted"], bucket.data_class)])
    error_message = "buckets: ${join(", ", [for name, bucket in var.buckets : "${name} has data_class ${bucket.data_class}" if !contains(["public", "internal", "confidential", "restricted"], bucket.data_class)])}. Use public, internal, confidential or restricted."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : alltrue([for days in [bucket.version_days, bucket.archive_after_days, bucket.delete_after_days, bucket.retention_days] : days == null ? true : days >= 1])])
    error_message = "buckets: a number of days below 1. Leave out what shall not happen."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : coalesce(bucket.delete_after_days, 1000000) > max(coalesce(bucket.retention_days, 0), coalesce(bucket.archive_after_days, 0))])
    error_message = "buckets: ${join(", ", [for name, bucket in var.buckets : name if !(coalesce(bucket.delete_after_days, 1000000) > max(coalesce(bucket.retention_days, 0), coalesce(bucket.archive_after_days, 0)))])} deletes before retention ends or archiving begins. Use a later delete_after_days."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : !(bucket.retention_locked && bucket.retention_days == null)])
    error_message = "buckets: retention_locked without retention_days. Say how long."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : alltrue([for member in concat(values(bucket.readers), values(bucket.writers)) : can(regex("^(serviceAccount|group):", member))])])
    error_message = "buckets: readers and writers must be serviceAccount:... or group:..., never single people, all users or all authenticated users."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the buckets. Otherwise it deletes them with their content."
  type        = bool
  default     = true
}
