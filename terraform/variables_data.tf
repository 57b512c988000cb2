variable "database" {
  description = <<-EOT
    PostgreSQL: size, its memory in GiB and most connections (for the alerts), storage in GiB, standby
    in another zone, read replicas by name, days of point-in-time recovery, and Database Insights.
  EOT
  type = object({
    instance_class            = string
    memory_gib                = number
    max_connections           = number
    allocated_storage_gib     = number
    max_allocated_storage_gib = number
    multi_az                  = bool
    backup_retention_days     = number
    read_replicas             = optional(map(object({ instance_class = string })), {})
    insights                  = optional(string, "standard")
  })

  validation {
    condition     = contains(["standard", "advanced"], var.database.insights)
    error_message = "database: insights is '${var.database.insights}'. Use standard, or advanced, which costs by the vCPU."
  }
}

variable "cache" {
  description = "Redis-compatible cache: size, replicas, nodes in several zones, and days for which snapshots are kept."
  type = object({
    node_type               = string
    replicas                = number
    multi_az                = bool
    snapshot_retention_days = number
  })
}

variable "backup_retention_days" {
  description = "Days for which AWS Backup, and the buckets of backups, keep what they hold."
  type        = number
}

variable "backup_lock_changeable_days" {
  description = "Days after which nobody, not even the account's owner, can remove the vaults' lock. Null: roles with permission can at any time."
  type        = number
  default     = null
}

variable "restore_test_instance_class" {
  description = "Size of the database into which a backup is restored each week as a test. Null: no test."
  type        = string
  default     = null
}

variable "upload_origins" {
  description = "Web origins whose pages upload straight to the bucket, such as https://app.fieldday.example."
  type        = list(string)
  default     = []
}

variable "secret_rotation_days" {
  description = "Days after which the services' secrets are replaced."
  type        = number
  default     = 30

  validation {
    condition     = var.secret_rotation_days >= 1 && var.secret_rotation_days <= 90
    error_message = "secret_rotation_days: ${var.secret_rotation_days} is not from 1 to 90. Use 30."
  }
}
