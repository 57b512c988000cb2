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

variable "network_id" {
  description = "The only network from which the cache is reachable."
  type        = string
}

variable "private_services_range" {
  description = "The range allocated to Google, from the vpc module."
  type        = string
}

variable "key_id" {
  description = "The key that encrypts snapshots."
  type        = string
}

variable "secret_keys" {
  description = "Where the cache's address with its password is kept: keys by location, in both regions."
  type        = map(string)

  validation {
    condition     = length(var.secret_keys) >= 1
    error_message = "secret_keys: empty. Use the key of at least one location."
  }
}

variable "reader_account" {
  description = "Who may read the cache's address and password: External Secrets' service account."
  type        = string
}

variable "redis_version" {
  description = "Redis' version, such as REDIS_7_2."
  type        = string
  default     = "REDIS_7_2"

  validation {
    condition     = can(regex("^REDIS_7_[0-9]$", var.redis_version))
    error_message = "redis_version: ${var.redis_version} is not offered here. Use REDIS_7_0 or REDIS_7_2."
  }
}

variable "memory_gb" {
  description = "The memory of each node, in GiB. With replicas at least 5."
  type        = number

  validation {
    condition     = var.memory_gb >= (var.high_availability ? 5 : 1) && var.memory_gb <= 300
    error_message = "memory_gb: ${var.memory_gb} is not between ${var.high_availability ? 5 : 1} and 300. With high_availability, Google wants at least 5."
  }
}

variable "high_availability" {
  description = "Whether replicas in other zones take over when the primary is lost."
  type        = bool
  default     = true
}

variable "replica_count" {
  description = "How many replicas serve reads and stand by: 1 to 5. Only with high_availability."
  type        = number
  default     = 1

  validation {
    condition     = var.replica_count >= 1 && var.replica_count <= 5
    error_message = "replica_count: ${var.replica_count} is not between 1 and 5. To have none, set high_availability to false."
  }
}

variable "snapshot_period" {
  description = "How often a snapshot is written, which is what a loss of all nodes costs: ONE_HOUR, SIX_HOURS, TWELVE_HOURS or TWENTY_FOUR_HOURS."
  type        = string
  default     = "ONE_HOUR"

  validation {
    condition     = contains(["ONE_HOUR", "SIX_HOURS", "TWELVE_HOURS", "TWENTY_FOUR_HOURS"], var.snapshot_period)
    error_message = "snapshot_period: ${var.snapshot_period} is unknown. Use ONE_HOUR, SIX_HOURS, TWELVE_HOURS or TWENTY_FOUR_HOURS."
  }
}

variable "eviction_policy" {
  description = "What is evicted when memory is full, a maxmemory-policy of Redis."
  type        = string
  default     = "volatile-lru"

  validation {
    condition     = contains(["noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"], var.eviction_policy)
    error_message = "eviction_policy: ${var.eviction_policy} is unknown to Redis. Use one such as volatile-lru."
  }
}

variable "maintenance" {
  description = "When Google may restart nodes: a day such as WEDNESDAY, and an hour from 0 to 23 in UTC."
  type        = object({ day = string, hour = number })
  default     = { day = "WEDNESDAY", hour = 9 }

  validation {
    condition     = contains(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"], var.maintenance.day) && var.maintenance.hour >= 0 && var.maintenance.hour <= 23
    error_message = "maintenance: ${var.maintenance.day}, hour ${var.maintenance.hour} does not exist. Use a day such as WEDNESDAY and an hour from 0 to 23."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the cache."
  type        = bool
  default     = true
}
