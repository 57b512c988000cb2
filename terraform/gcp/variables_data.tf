variable "database" {
  description = "The PostgreSQL database, as modules/sql takes it."
  type = object({
    tier               = string
    high_availability  = bool
    recovery_replica   = bool
    disk_gb            = number
    disk_limit_gb      = number
    max_connections    = number
    backup_count       = number
    log_retention_days = number
  })
}

variable "cache" {
  description = "The cache, as modules/memorystore takes it."
  type = object({
    memory_gb         = number
    high_availability = bool
    replica_count     = optional(number, 1)
  })
}

variable "fast_replication" {
  description = "Whether new objects are in both regions within 15 minutes rather than an hour."
  type        = bool
  default     = true
}

variable "evidence_retention_days" {
  description = "For how many days nobody can delete evidence of releases and drills."
  type        = number
  default     = 400

  validation {
    condition     = var.evidence_retention_days >= 1 && var.evidence_retention_days <= 3650
    error_message = "evidence_retention_days: ${var.evidence_retention_days} is not between 1 and 3650."
  }
}
