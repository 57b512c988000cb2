variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "The network of the security group."
  type        = string

  validation {
    condition     = can(regex("^vpc-", var.vpc_id))
    error_message = "vpc_id: '${var.vpc_id}' is not an id of a VPC. It begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "The database subnets, in at least two zones."
  type        = list(string)

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids: ${length(distinct(var.subnet_ids))} given. Use subnets in at least two zones, or nothing can fail over."
  }
}

variable "allowed_security_group_ids" {
  description = "Who may connect: the security group's id by what it belongs to, such as {nodes = \"sg-...\"}. No other address can."
  type        = map(string)

  validation {
    condition     = length(var.allowed_security_group_ids) > 0
    error_message = "allowed_security_group_ids: empty, so nobody could connect. Name at least the nodes' security group."
  }
}

variable "engine_version" {
  description = "Version of PostgreSQL: the major one alone follows AWS's minor upgrades."
  type        = string
  default     = "18"

  validation {
    condition     = can(regex("^1[6-9](\\.[0-9]+)?$", var.engine_version))
    error_message = "engine_version: '${var.engine_version}' is not a version of PostgreSQL from 16 to 19. Write 18 or 18.1."
  }
}

variable "instance_class" {
  description = "Size of the instance, such as db.r8g.large."
  type        = string

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "instance_class: '${var.instance_class}' is not a class of RDS. Write one such as db.r8g.large."
  }
}

variable "allocated_storage_gib" {
  description = "Initial storage, in GiB."
  type        = number
  default     = 100

  validation {
    condition     = var.allocated_storage_gib >= 20 && var.allocated_storage_gib <= 65536
    error_message = "allocated_storage_gib: ${var.allocated_storage_gib} is not within 20 to 65536, which gp3 allows."
  }
}

variable "max_allocated_storage_gib" {
  description = "Limit of automatic storage growth, in GiB."
  type        = number
  default     = 500
}

variable "multi_az" {
  description = "A standby in another zone, to which the database fails over by itself."
  type        = bool
  default     = true
}

variable "read_replicas" {
  description = "Read replicas by name, with the size of each. A replica has the primary's parameters, keys and groups."
  type        = map(object({ instance_class = string }))
  default     = {}

  validation {
    condition     = alltrue([for replica in values(var.read_replicas) : can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", replica.instance_class))])
    error_message = "read_replicas: ${join(", ", [for name, replica in var.read_replicas : name if !can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", replica.instance_class))])} has no instance class of RDS. Write one such as db.r8g.large."
  }
}

variable "database_name" {
  description = "The database created with the instance."
  type        = string
  default     = "fieldday"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database_name))
    error_message = "database_name: '${var.database_name}' is not a name for a database. Use lower-case letters, digits and underscores, a letter first."
  }
}

variable "master_username" {
  description = "The administrator. RDS generates its password and keeps it in Secrets Manager."
  type        = string
  default     = "fieldday_admin"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.master_username)) && !contains(["postgres", "admin", "rdsadmin"], var.master_username)
    error_message = "master_username: '${var.master_username}' is reserved or well known. Use lower-case letters, digits and underscores, and none of postgres, admin, rdsadmin."
  }
}

variable "iam_users" {
  description = "Database users that sign in with IAM instead of a password, one policy for each (output connect_policies)."
  type        = set(string)
  default     = []
}

variable "backup_retention_days" {
  description = "Days for which automated backups and the WAL are kept: the reach of point-in-time recovery."
  type        = number
  default     = 30

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "backup_retention_days: ${var.backup_retention_days} is not within 1 to 35, which RDS allows. 0 would switch backups off."
  }
}

variable "backup_window" {
  description = "The window in which the daily backup starts, in UTC: hh:mm-hh:mm. Not within the maintenance window."
  type        = string
  default     = "02:00-03:00"

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_window))
    error_message = "backup_window: '${var.backup_window}' is not a window. Write it in UTC as 02:00-03:00."
  }
}

variable "maintenance_window" {
  description = "When AWS may patch, in UTC: ddd:hh:mm-ddd:hh:mm."
  type        = string
  default     = "sun:04:00-sun:05:00"

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window))
    error_message = "maintenance_window: '${var.maintenance_window}' is not a window. Write it in UTC as sun:04:00-sun:05:00."
  }
}

variable "recovery_region" {
  description = "Region to which automated backups and WAL are copied as they are made. Null: none are."
  type        = string
  default     = null

  validation {
    condition     = var.recovery_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.recovery_region))
    error_message = "recovery_region: '${coalesce(var.recovery_region, "null")}' is not a region. Write one such as us-west-2."
  }
}

variable "recovery_kms_key_arn" {
  description = "Key in the recovery region for the copies. Needed where recovery_region is set."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Refuse to delete the instance until this is switched off and applied."
  type        = bool
  default     = true
}

variable "ca_cert_identifier" {
  description = "Certificate authority that signs the server's certificate."
  type        = string
  default     = "rds-ca-rsa2048-g1"

  validation {
    condition     = contains(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"], var.ca_cert_identifier)
    error_message = "ca_cert_identifier: '${var.ca_cert_identifier}' is none of RDS's. Use rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1."
  }
}

variable "parameters" {
  description = "Further parameters of PostgreSQL by name. Those that need a restart say apply_method = \"pending-reboot\"."
  type        = map(object({ value = string, apply_method = optional(string, "immediate") }))
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.parameters), ["rds.force_ssl", "ssl_min_protocol_version", "password_encryption"])) == 0
    error_message = "parameters: ${join(", ", setintersection(keys(var.parameters), ["rds.force_ssl", "ssl_min_protocol_version", "password_encryption"]))} is set by the module. Remove it."
  }
}

variable "slow_statement_milliseconds" {
  description = "Statements that take longer are logged, in milliseconds."
  type        = number
  default     = 500
}

variable "performance_insights_retention_days" {
  description = "Days for which performance data is kept: 7, 731, or 465 with database_insights_mode advanced."
  type        = number
  default     = 7

  validation {
    condition     = contains([7, 465, 731], var.performance_insights_retention_days)
    error_message = "performance_insights_retention_days: ${var.performance_insights_retention_days} is not offered. Use 7, 465 or 731."
  }
}

variable "database_insights_mode" {
  description = "standard, or advanced, which costs by the vCPU and keeps 465 days."
  type        = string
  default     = "standard"

  validation {
    condition     = contains(["standard", "advanced"], var.database_insights_mode)
    error_message = "database_insights_mode: '${var.database_insights_mode}' is unknown. Use standard or advanced."
  }
}

variable "monitoring_interval_seconds" {
  description = "Seconds between the operating system's metrics (enhanced monitoring)."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 5, 10, 15, 30, 60], var.monitoring_interval_seconds)
    error_message = "monitoring_interval_seconds: ${var.monitoring_interval_seconds} is not offered. Use 1, 5, 10, 15, 30 or 60."
  }
}

variable "log_retention_days" {
  description = "Days for which PostgreSQL's logs are kept."
  type        = number
  default     = 365
}

variable "event_topic_arn" {
  description = "SNS topic for failovers, failures and low storage."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:", var.event_topic_arn))
    error_message = "event_topic_arn: '${var.event_topic_arn}' is not an ARN of an SNS topic."
  }
}

variable "kms_key_arn" {
  description = "Key of the storage, the performance data and the administrator's secret."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_kms_key_arn" {
  description = "Key of the log groups; its policy has to permit CloudWatch Logs to use it."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn: '${var.log_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the module's roles (security: permissions_boundary_arn). Null: none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource. The keys Service, Environment, Owner, CostCentre and DataClass are required."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags))) == 0
    error_message = "tags: ${join(", ", setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags)))} missing. Every resource needs these keys: add them."
  }
}
