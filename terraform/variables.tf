# What has no default here must be in a var-file of environments/: Terraform names what is missing.

variable "environment" {
  description = "Which environment this is: development, staging or production."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment: '${var.environment}' is unknown. Use development, staging or production."
  }
}

variable "account_id" {
  description = "AWS account of the environment. Credentials of another are refused."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id: '${var.account_id}' is not an account. Write the twelve digits, in quotes."
  }
}

variable "region" {
  description = "AWS region, such as us-east-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: '${var.region}' is not a region. Write one such as us-east-1."
  }
}

variable "recovery_region" {
  description = "Second region, in which copies of databases, files, keys and secrets are kept. Null: there are no copies."
  type        = string

  validation {
    condition     = var.recovery_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.recovery_region))
    error_message = "recovery_region: '${coalesce(var.recovery_region, "null")}' is not a region. Write one such as us-west-2, or null."
  }
}

variable "domain" {
  description = "The services' domain, such as fieldday.example."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain: '${var.domain}' is not a domain. Write it without https:// and dots at its ends, such as fieldday.example."
  }
}

variable "owner" {
  description = "Team that owns the environment (tag Owner)."
  type        = string
  default     = "platform"
}

variable "cost_centre" {
  description = "Who pays (tag CostCentre)."
  type        = string
}

variable "deletion_protection" {
  description = "Whether cluster, database and load balancers refuse to be deleted."
  type        = bool
}

variable "account_baseline" {
  description = "Also set up what an account has once: CloudTrail, Config, GuardDuty. One environment of an account does."
  type        = bool
}

variable "owns_image_repositories" {
  description = "Whether this environment's state holds the image repositories, from which all environments pull. One environment does."
  type        = bool
}

variable "state_bucket" {
  description = "Bucket of Terraform's state (bootstrap's output backend), which the pipeline that applies may use."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{2,62}$", var.state_bucket))
    error_message = "state_bucket: '${var.state_bucket}' is not a name of a bucket. Copy it from bootstrap's output backend."
  }
}

variable "state_kms_key_arn" {
  description = "KMS key of that bucket (bootstrap's output kms_key_arn)."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.state_kms_key_arn))
    error_message = "state_kms_key_arn: '${var.state_kms_key_arn}' is not an ARN of a key. Copy bootstrap's output kms_key_arn."
  }
}

variable "var_file_folder" {
  description = "Folder, below this one, whose var-files are searched for secrets before each plan."
  type        = string
  default     = "environments"
}
