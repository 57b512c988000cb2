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

variable "recovery_region" {
  description = "The region of the replica, such as us-west1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.recovery_region)) && var.recovery_region != var.region
    error_message = "recovery_region: ${var.recovery_region} must be a region other than ${var.region}. Use one such as us-west1."
  }
}

variable "network_id" {
  description = "The only network from which the database is reachable."
  type        = string
}

variable "private_services_range" {
  description = "The range allocated to Google, from the vpc module."
  type        = string
}

variable "key_id" {
  description = "The key that encrypts the database and its backups."
  type        = string
}

variable "recovery_key_id" {
  description = "The key, in the recovery region, that encrypts the replica."
  type        = string
}

variable "database_version" {
  description = "PostgreSQL's version, such as POSTGRES_18."
  type        = string
  default     = "POSTGRES_18"

  validation {
    condition     = can(regex("^POSTGRES_1[5-9]$", var.database_version))
    error_message = "database_version: ${var.database_version} is not offered here. Use POSTGRES_15 or newer."
  }
}

variable "tier" {
  description = "The machine, such as db-custom-4-16384 (4 CPUs, 16 GiB)."
  type        = string

  validation {
    condition     = can(regex("^db-(custom-[0-9]+-[0-9]+|perf-optimized-N-[0-9]+)$", var.tier))
    error_message = "tier: ${var.tier} is not a machine for PostgreSQL. Use db-custom-CPUs-MiB or db-perf-optimized-N-CPUs; shared cores have no service level."
  }
}

variable "high_availability" {
  description = "Whether a standby in another zone takes over when the primary is lost."
  type        = bool
  default     = true
}

variable "recovery_replica" {
  description = "Whether there is a replica in the recovery region, to be promoted when the region is lost."
  type        = bool
  default     = true
}

variable "disk_gb" {
  description = "Initial disk size; it grows automatically up to disk_limit_gb."
  type        = number
  default     = 100

  validation {
    condition     = var.disk_gb >= 10
    error_message = "disk_gb: ${var.disk_gb} is too small. Use 10 or more."
  }
}

variable "disk_limit_gb" {
  description = "How far the disk may grow by itself."
  type        = number
  default     = 1000

  validation {
    condition     = var.disk_limit_gb > var.disk_gb
    error_message = "disk_limit_gb: ${var.disk_limit_gb} leaves no room above disk_gb = ${var.disk_gb}. Use more."
  }
}

variable "max_connections" {
  description = "How many connections PostgreSQL takes."
  type        = number
  default     = 500

  validation {
    condition     = var.max_connections >= 50 && var.max_connections <= 10000
    error_message = "max_connections: ${var.max_connections} is not between 50 and 10000. The services' pools and 10 more must fit."
  }
}

variable "backup_count" {
  description = "How many daily backups are kept."
  type        = number
  default     = 30

  validation {
    condition     = var.backup_count >= 7 && var.backup_count <= 365
    error_message = "backup_count: ${var.backup_count} is not between 7 and 365. Keep 30, as the retention policy has it."
  }
}

variable "backup_location" {
  description = "Where backups are kept: a multi-region that survives the loss of the region, such as us."
  type        = string
  default     = "us"

  validation {
    condition     = contains(["us", "eu", "asia"], var.backup_location)
    error_message = "backup_location: ${var.backup_location} would be lost with its region. Use us, eu or asia."
  }
}

variable "backup_start" {
  description = "When the daily backup starts, in UTC, such as 07:00."
  type        = string
  default     = "07:00"

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_start))
    error_message = "backup_start: ${var.backup_start} is not a time of day. Use one such as 07:00, in UTC."
  }
}

variable "log_retention_days" {
  description = "How many days back the database can be restored to any second: at most 7 (ENTERPRISE) or 35 (ENTERPRISE_PLUS, which db-perf-optimized machines are)."
  type        = number
  default     = 7

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= (startswith(var.tier, "db-perf-optimized") ? 35 : 7)
    error_message = "log_retention_days: ${var.log_retention_days} is more than ${var.tier} keeps, or less than 1. Use 1 to ${startswith(var.tier, "db-perf-optimized") ? 35 : 7}."
  }
}

variable "maintenance" {
  description = "When Google may restart the database: day 1 (Monday) to 7, hour 0 to 23 in UTC."
  type        = object({ day = number, hour = number })
  default     = { day = 2, hour = 9 }

  validation {
    condition     = var.maintenance.day >= 1 && var.maintenance.day <= 7 && var.maintenance.hour >= 0 && var.maintenance.hour <= 23
    error_message = "maintenance: day ${var.maintenance.day}, hour ${var.maintenance.hour} does not exist. Use a day from 1 to 7 and an hour from 0 to 23."
  }
}

variable "databases" {
  description = "The databases by name, and the service account that logs in to each."
  type        = map(string)

  validation {
    condition     = alltrue([for name in keys(var.databases) : can(regex("^[a-z][a-z0-9_]{0,62}$", name))])
    error_message = "databases: ${join(", ", [for name in keys(var.databases) : name if !can(regex("^[a-z][a-z0-9_]{0,62}$", name))])} is not a database's name. Use lower-case letters, digits and _, a letter first."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform and Google refuse to delete the database."
  type        = bool
  default     = true
}
