variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "kms_key_arn" {
  description = "Key of uploads, reports and backups."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "assets_kms_key_arn" {
  description = "Key of the static assets; its policy has to let CloudFront decrypt with it."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.assets_kms_key_arn))
    error_message = "assets_kms_key_arn: '${var.assets_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "recovery_region" {
  description = "Region in which every object of uploads, assets, reports and backups is copied. Null: none is."
  type        = string
  default     = null

  validation {
    condition     = var.recovery_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.recovery_region))
    error_message = "recovery_region: '${coalesce(var.recovery_region, "null")}' is not a region. Write one such as us-west-2."
  }
}

variable "recovery_kms_key_arn" {
  description = "Key in the recovery region for the copies of uploads, reports and backups."
  type        = string
  default     = null
}

variable "recovery_assets_kms_key_arn" {
  description = "Key in the recovery region for the copies of the assets; its policy has to let CloudFront decrypt with it."
  type        = string
  default     = null
}

variable "noncurrent_version_days" {
  description = "Days for which an overwritten or deleted version can be had back."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_version_days >= 1
    error_message = "noncurrent_version_days: ${var.noncurrent_version_days} keeps no version. Use at least one day."
  }
}

variable "backup_retention_days" {
  description = "Days after which a backup is removed."
  type        = number
  default     = 30

  validation {
    condition     = var.backup_retention_days >= 1
    error_message = "backup_retention_days: ${var.backup_retention_days} keeps no backup. Use at least one day."
  }
}

variable "backup_lock_mode" {
  description = "Object lock of the backups: GOVERNANCE (a role with permission may shorten it) or COMPLIANCE (nobody may, not even the account's owner)."
  type        = string
  default     = "GOVERNANCE"

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.backup_lock_mode)
    error_message = "backup_lock_mode: '${var.backup_lock_mode}' is unknown. Use GOVERNANCE or COMPLIANCE."
  }
}

variable "backup_lock_days" {
  description = "Days for which no version of a backup can be deleted or overwritten."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_lock_days >= 1
    error_message = "backup_lock_days: ${var.backup_lock_days} locks nothing. Use at least one day."
  }
}

variable "log_retention_days" {
  description = "Days for which access logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days >= 90
    error_message = "log_retention_days: ${var.log_retention_days} is too short to investigate an incident. Keep at least 90 days."
  }
}

variable "upload_origins" {
  description = "Web origins whose pages may upload and read straight from the bucket, such as https://app.fieldday.example."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.upload_origins : can(regex("^https://[a-z0-9.-]+$", origin))])
    error_message = "upload_origins: ${join(", ", [for origin in var.upload_origins : origin if !can(regex("^https://[a-z0-9.-]+$", origin))])} is not an origin. Write https:// and the host, without path or asterisk."
  }
}

variable "force_destroy" {
  description = "Let terraform destroy remove buckets that hold objects. For environments that come and go."
  type        = bool
  default     = false
}

variable "aliases" {
  description = "Host names of the static assets, such as static.fieldday.example. Empty: CloudFront's own name."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for alias in var.aliases : can(regex("^[a-z0-9.-]+\\.[a-z]+$", alias))])
    error_message = "aliases: ${join(", ", [for alias in var.aliases : alias if !can(regex("^[a-z0-9.-]+\\.[a-z]+$", alias))])} is not a host name. Write it without https:// and path."
  }
}

variable "certificate_arn" {
  description = "Certificate for the aliases, in us-east-1, where CloudFront looks for it."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[a-z-]+:acm:us-east-1:", var.certificate_arn))
    error_message = "certificate_arn: '${coalesce(var.certificate_arn, "null")}' is not a certificate in us-east-1. CloudFront takes certificates from there alone: request one there."
  }
}

variable "web_acl_arn" {
  description = "Web application firewall of scope CLOUDFRONT for the distribution. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex(":wafv2:us-east-1:[0-9]{12}:global/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn: '${coalesce(var.web_acl_arn, "null")}' is not a web ACL of scope CLOUDFRONT. A regional one can't guard a distribution."
  }
}

variable "price_class" {
  description = "CloudFront's edge locations: PriceClass_100 (North America, Europe), PriceClass_200 or PriceClass_All."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class: '${var.price_class}' is unknown. Use PriceClass_100, PriceClass_200 or PriceClass_All."
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
