variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "services" {
  description = "FieldDay's services; each has a secret fieldday/<environment>/<service>, which its chart reads."
  type        = set(string)

  validation {
    condition     = length(var.services) > 0 && alltrue([for service in var.services : can(regex("^[a-z][a-z0-9-]*$", service))])
    error_message = "services: [${join(", ", var.services)}] is empty or has an unknown name. Use the names of catalog.yaml."
  }
}

variable "recovery_region" {
  description = "Region in which there is a second key of each class and a copy of each secret. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.recovery_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.recovery_region))
    error_message = "recovery_region: '${coalesce(var.recovery_region, "null")}' is not a region. Write one such as us-west-2."
  }
}

variable "account_baseline" {
  description = "Also set up what an account has once: CloudTrail, Config, GuardDuty, access analyzer, password policy, encryption by default. One environment of an account does."
  type        = bool
  default     = true
}

variable "rotation" {
  description = "The function that rotates a service's secret, and after how many days. Null: secrets are not rotated."
  type        = object({ function_arn = string, days = optional(number, 30) })
  default     = null

  validation {
    condition     = try(var.rotation.days >= 1 && var.rotation.days <= 90, var.rotation == null)
    error_message = "rotation: ${try(var.rotation.days, 0)} days are not within 1 to 90. A leaked secret must expire by then."
  }
}

variable "domain" {
  description = "The domain of the services; api answers at api.<domain>."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.domain))
    error_message = "domain: '${var.domain}' is not a domain. Write one such as fieldday.example."
  }
}

variable "rate_limits" {
  description = "Requests a minute that one address may send to a service, by service (rate_limits.per_ip in catalog.yaml)."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for limit in values(var.rate_limits) : limit >= 10])
    error_message = "rate_limits: ${join(", ", [for service, limit in var.rate_limits : "${service} ${limit}" if limit < 10])} is below 10, the firewall's minimum."
  }
}

variable "rate_limit_overall" {
  description = "Requests a minute that one address may send to everything together."
  type        = number
  default     = 3000

  validation {
    condition     = var.rate_limit_overall >= 10
    error_message = "rate_limit_overall: ${var.rate_limit_overall} is below 10, the firewall's minimum."
  }
}

variable "human_principal_arns" {
  description = "Who may assume the roles viewer, operator and break-glass, with a second factor. Empty: whoever the account's own policies permit."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.human_principal_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(user|role|root)", arn))])
    error_message = "human_principal_arns: ${join(", ", [for arn in var.human_principal_arns : arn if !can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(user|role|root)", arn))])} is not a user or role. Use its ARN; an asterisk is refused."
  }
}

variable "cluster_arn" {
  description = "The cluster whose pods may assume the roles release, provisioner, snapshots and drill (EKS Pod Identity)."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:eks:[a-z0-9-]+:[0-9]{12}:cluster/", var.cluster_arn))
    error_message = "cluster_arn: '${var.cluster_arn}' is not an ARN of an EKS cluster."
  }
}

variable "automation_namespace" {
  description = "The namespace of the pipelines; each has a service account named as its role."
  type        = string
  default     = "airflow"
}

variable "bucket_arns" {
  description = "The buckets of the s3 module: assets, backups, reports and uploads."
  type        = object({ assets = string, backups = string, reports = string, uploads = string })
}

variable "state_bucket_arn" {
  description = "The bucket with Terraform's state, which the provisioner reads and writes."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[^*]+$", var.state_bucket_arn))
    error_message = "state_bucket_arn: '${var.state_bucket_arn}' is not an ARN of one bucket."
  }
}

variable "state_kms_key_arn" {
  description = "The key of Terraform's state."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.state_kms_key_arn))
    error_message = "state_kms_key_arn: '${var.state_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "audit_retention_days" {
  description = "Days for which the audit trail is kept and locked."
  type        = number
  default     = 365

  validation {
    condition     = var.audit_retention_days >= 365
    error_message = "audit_retention_days: ${var.audit_retention_days} is too short. Auditors ask for a year: 365 at least."
  }
}

variable "audit_lock_mode" {
  description = "Object lock of the audit trail: GOVERNANCE (a role with permission may shorten it) or COMPLIANCE (nobody may)."
  type        = string
  default     = "GOVERNANCE"

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.audit_lock_mode)
    error_message = "audit_lock_mode: '${var.audit_lock_mode}' is unknown. Use GOVERNANCE or COMPLIANCE."
  }
}

variable "alerts_topic_arn" {
  description = "SNS topic for GuardDuty's findings and for forbidden actions, such as using the root user."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:", var.alerts_topic_arn))
    error_message = "alerts_topic_arn: '${var.alerts_topic_arn}' is not an ARN of an SNS topic."
  }
}

variable "tags" {
  description = "Tags of every resource. The keys Service, Environment, Owner, CostCentre and DataClass are required."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags))) == 0
    error_message = "tags: ${join(", ", setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags)))} missing. Every resource needs these keys: add them."
  }
}
