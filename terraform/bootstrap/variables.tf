variable "account_id" {
  description = "The AWS account that holds the state, such as 111122223333."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id: '${var.account_id}' is not an account. Use its twelve digits."
  }
}

variable "region" {
  description = "Where the state is kept."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: '${var.region}' is not a region. Use one such as us-east-1."
  }
}

variable "name" {
  description = "Prefix of the names of bucket, key and alias."
  type        = string
  default     = "fieldday"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "operator_role_arns" {
  description = "The roles that plan and apply: they alone, and the account's administrators, use the key."
  type        = set(string)

  validation {
    condition     = length(var.operator_role_arns) > 0
    error_message = "operator_role_arns: empty. Nobody could read the state: name the role that applies."
  }

  validation {
    condition     = alltrue([for arn in var.operator_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "operator_role_arns: [${join(", ", var.operator_role_arns)}] has an entry that is not a role. Use each as arn:aws:iam::111122223333:role/name, without *."
  }
}

variable "earlier_versions_days" {
  description = "How long an earlier version of a state is kept, in days. The newest ten are kept for good."
  type        = number
  default     = 365

  validation {
    condition     = var.earlier_versions_days >= 30 && floor(var.earlier_versions_days) == var.earlier_versions_days
    error_message = "earlier_versions_days: ${var.earlier_versions_days} is too short or no whole number. A mistake is seen within weeks: keep 30 days or more."
  }
}

variable "tags" {
  description = "Tags of everything that is created. The keys Service, Environment, Owner, CostCentre and DataClass are required."
  type        = map(string)
  default = {
    Service     = "terraform-state"
    Environment = "shared"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "restricted"
  }

  validation {
    condition     = length(setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags))) == 0
    error_message = "tags: ${join(", ", setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags)))} missing. Add them."
  }
}
