variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "kms_key_arn" {
  description = "Key of the vault."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "resource_arns" {
  description = "What the plan backs up by name, such as the database. Resources with the tags Backup = daily and this Environment are backed up too."
  type        = list(string)

  validation {
    condition     = length(var.resource_arns) > 0
    error_message = "resource_arns: empty. AWS Backup refuses an empty selection: name the database at least."
  }

  validation {
    condition     = alltrue([for arn in var.resource_arns : startswith(arn, "arn:") && !strcontains(arn, "*")])
    error_message = "resource_arns: ${join(", ", [for arn in var.resource_arns : arn if !(startswith(arn, "arn:") && !strcontains(arn, "*"))])} is not an ARN of one resource. Name each resource by its ARN."
  }
}

variable "schedule" {
  description = "When the daily backup starts, in UTC: a cron expression of EventBridge."
  type        = string
  default     = "cron(0 3 * * ? *)"

  validation {
    condition     = can(regex("^cron\\([^ ]+( [^ ]+){5}\\)$", var.schedule))
    error_message = "schedule: '${var.schedule}' is not a cron expression of six fields. Write one such as cron(0 3 * * ? *)."
  }
}

variable "retention_days" {
  description = "Days for which a recovery point is kept, here and in the recovery region."
  type        = number
  default     = 30

  validation {
    condition     = var.retention_days >= 7 && var.retention_days <= 365
    error_message = "retention_days: ${var.retention_days} is not within 7 to 365, which the vaults' lock allows."
  }
}

variable "recovery_region" {
  description = "Region to which every recovery point is copied. Null: none is."
  type        = string
  default     = null

  validation {
    condition     = var.recovery_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.recovery_region))
    error_message = "recovery_region: '${coalesce(var.recovery_region, "null")}' is not a region. Write one such as us-west-2."
  }
}

variable "recovery_kms_key_arn" {
  description = "Key of the vault in the recovery region."
  type        = string
  default     = null
}

variable "lock_changeable_days" {
  description = "Days until the vaults' lock can't be changed or removed by anybody (compliance mode), 3 at least. Null: roles with permission can change it (governance mode)."
  type        = number
  default     = null

  validation {
    condition     = try(var.lock_changeable_days >= 3, true)
    error_message = "lock_changeable_days: ${coalesce(var.lock_changeable_days, 0)} is too short. AWS requires at least 3 days in which the lock can still be removed."
  }
}

variable "deleter_role_arns" {
  description = "Roles that may delete a recovery point before its time, such as break-glass. Nobody else may."
  type        = list(string)
  default     = []
}

variable "restore_test" {
  description = "The weekly restore test of the database: where the copy is restored. Null: no test."
  type = object({
    database_arns        = list(string)
    subnet_group_name    = string
    security_group_ids   = list(string)
    parameter_group_name = string
    instance_class       = string
  })
  default = null

  validation {
    condition     = try(length(var.restore_test.security_group_ids) > 0 && length(var.restore_test.database_arns) > 0, var.restore_test == null)
    error_message = "restore_test: names no database or no security group. A copy without one would land in the network's default group: name one that nobody may reach."
  }
}

variable "restore_test_schedule" {
  description = "When the restore test starts, in UTC: a cron expression of EventBridge."
  type        = string
  default     = "cron(0 6 ? * SUN *)"

  validation {
    condition     = can(regex("^cron\\([^ ]+( [^ ]+){5}\\)$", var.restore_test_schedule))
    error_message = "restore_test_schedule: '${var.restore_test_schedule}' is not a cron expression of six fields. Write one such as cron(0 6 ? * SUN *)."
  }
}

variable "topic_arn" {
  description = "SNS topic for completed backups, copies and restores. Its policy has to permit AWS Backup to publish."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:", var.topic_arn))
    error_message = "topic_arn: '${var.topic_arn}' is not an ARN of an SNS topic."
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
