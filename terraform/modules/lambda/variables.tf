variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "function" {
  description = "The function's name after the prefix, such as rotate-secrets."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.function))
    error_message = "function: '${var.function}' is not of 3 to 24 lower-case letters, digits and hyphens, a letter first. Rename it."
  }
}

variable "description" {
  description = "What the function does, in a sentence."
  type        = string
}

variable "source_file" {
  description = "File with the function's code, which needs nothing but the runtime."
  type        = string
}

variable "handler" {
  description = "Entry point of the code, such as rotate_secret.handler."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]*\\.[A-Za-z_][A-Za-z0-9_]*$", var.handler))
    error_message = "handler: '${var.handler}' is not module.function. Write it such as rotate_secret.handler."
  }
}

variable "runtime" {
  description = "Runtime, such as python3.13."
  type        = string
  default     = "python3.13"

  validation {
    condition     = can(regex("^(python3\\.1[2-9]|nodejs2[24]\\.x)$", var.runtime))
    error_message = "runtime: '${var.runtime}' is not supported, or can't run a single file. Use python3.12 or newer, nodejs22.x or nodejs24.x."
  }
}

variable "memory_mb" {
  description = "Memory in MB; CPU grows with it."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "memory_mb: ${var.memory_mb} is not from 128 to 10240. Use 256."
  }
}

variable "timeout_seconds" {
  description = "Seconds after which a call times out."
  type        = number
  default     = 60

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "timeout_seconds: ${var.timeout_seconds} is not from 1 to 900. Use 60."
  }
}

variable "reserved_concurrency" {
  description = "Most calls at a time, kept free for this function: one that runs wild takes no more from the others."
  type        = number
  default     = 5

  validation {
    condition     = var.reserved_concurrency >= 1 && var.reserved_concurrency <= 100
    error_message = "reserved_concurrency: ${var.reserved_concurrency} is not from 1 to 100. Use 5."
  }
}

variable "environment" {
  description = "Environment variables, encrypted by the key. Nothing secret: a secret is read from Secrets Manager."
  type        = map(string)
  default     = {}

  validation {
    condition     = !anytrue([for name in keys(var.environment) : can(regex("(?i)(password|secret|token|credential)$", name))])
    error_message = "environment: ${join(", ", [for name in keys(var.environment) : name if can(regex("(?i)(password|secret|token|credential)$", name))])} looks like a secret's value. Put it into Secrets Manager and give its ARN (..._ARN) instead."
  }
}

variable "policies" {
  description = "What the function may do in AWS besides writing its logs: IAM policies, as JSON, by what they are for."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue(flatten([
      for policy in var.policies : [
        for statement in jsondecode(policy).Statement : [
          for action in flatten([statement.Action]) : can(regex("^[a-z0-9-]+:[A-Za-z]+$", action))
        ]
      ]
    ]))
    error_message = "policies: one has an action with a wildcard or without a service, such as s3:*. Name each action that the function needs, such as s3:GetObject."
  }
}

variable "network" {
  description = "Network in which the function runs, and the TCP ports that it reaches there by what they are. Null: outside of any, where it reaches AWS and the internet alone."
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
    egress = map(object({
      port = number
      cidr = string
    }))
  })
  default = null
}

variable "invokers" {
  description = "AWS services that may call the function, by a name of your own: the service and, where it is one, the resource on whose behalf."
  type = map(object({
    principal  = string
    source_arn = optional(string)
  }))
  default = {}

  validation {
    condition     = alltrue([for invoker in var.invokers : endswith(invoker.principal, ".amazonaws.com")])
    error_message = "invokers: ${join(", ", [for name, invoker in var.invokers : name if !endswith(invoker.principal, ".amazonaws.com")])} is not an AWS service. Use one such as secretsmanager.amazonaws.com: people and roles call by their own policy."
  }
}

variable "schedules" {
  description = "When the function is called, by a name of your own: expressions of EventBridge, such as rate(1 day) or cron(0 3 * * ? *), in UTC."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for schedule in var.schedules : can(regex("^(rate|cron)\\(.+\\)$", schedule))])
    error_message = "schedules: [${join(", ", values(var.schedules))}] has an entry that is not a rate(...) or cron(...). Write one such as rate(1 day)."
  }
}

variable "kms_key_arn" {
  description = "KMS key of environment variables and of calls that failed. Its policy must permit EventBridge where schedules are given."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key of the log group. Its policy must permit CloudWatch Logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn: '${var.log_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days >= 90
    error_message = "log_retention_days: ${var.log_retention_days} is too short to investigate an incident. Keep at least 90 days: 90, 180, 365 or 731."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of this module's roles. Null: none."
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
