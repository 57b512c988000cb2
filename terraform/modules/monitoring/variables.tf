variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "thresholds" {
  description = <<-TEXT
    When to alert; CloudWatch, Datadog and the dashboards all read these.
    error_rate_percent: answers of status 500 and above, of all answers.
    p95_milliseconds: 95th percentile of the time to answer.
    disk_free_percent: free space, at least.
    utilisation_percent: CPU or memory in use.
    pool_used_percent: database connections in use, of those there are.
    payment_failures: failed payments within five minutes.
  TEXT
  type = object({
    error_rate_percent  = optional(number, 1)
    p95_milliseconds    = optional(number, 500)
    disk_free_percent   = optional(number, 20)
    utilisation_percent = optional(number, 80)
    pool_used_percent   = optional(number, 90)
    payment_failures    = optional(number, 5)
  })
  default = {}

  validation {
    condition     = alltrue([for name in ["error_rate_percent", "disk_free_percent", "utilisation_percent", "pool_used_percent"] : var.thresholds[name] > 0 && var.thresholds[name] < 100])
    error_message = "thresholds: a share in per cent is not between 0 and 100. An alert there would always or never fire."
  }

  validation {
    condition     = var.thresholds.p95_milliseconds > 0 && var.thresholds.payment_failures >= 1
    error_message = "thresholds: p95_milliseconds or payment_failures is 0 or less. The alert would always fire."
  }
}

variable "services" {
  description = "FieldDay's services by name: the channel that is paged, and the tier (critical, standard, batch), of which critical ones page sooner. From catalog.yaml."
  type        = map(object({ paging = string, tier = string }))

  validation {
    condition     = length(var.services) > 0 && alltrue([for service in values(var.services) : can(regex("^#[a-z0-9-]+$", service.paging))])
    error_message = "services: empty, or ${join(", ", [for name, service in var.services : name if !can(regex("^#[a-z0-9-]+$", service.paging))])} has no paging channel. Write one such as #page-platform."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : contains(["critical", "standard", "batch"], service.tier)])
    error_message = "services: the tier of ${join(", ", [for name, service in var.services : name if !contains(["critical", "standard", "batch"], service.tier)])} is unknown. Use critical, standard or batch."
  }
}

variable "platform_channel" {
  description = "Channel that is paged for what belongs to no service: databases, caches, nodes, load balancers."
  type        = string
  default     = "#page-platform"

  validation {
    condition     = can(regex("^#[a-z0-9-]+$", var.platform_channel))
    error_message = "platform_channel: '${var.platform_channel}' is not a channel. Write one such as #page-platform."
  }
}

variable "subscriptions" {
  description = "Recipients of a channel's alerts, by channel: e-mail addresses, HTTPS addresses of a pager, or ARNs."
  type        = map(list(object({ protocol = string, endpoint = string })))
  default     = {}

  validation {
    condition     = alltrue(flatten([for list in values(var.subscriptions) : [for one in list : contains(["email", "https", "lambda", "sqs"], one.protocol)]]))
    error_message = "subscriptions: a protocol is not email, https, lambda or sqs. Plain http and SMS are not offered."
  }
}

variable "payments_service" {
  description = "The service whose failed payments are counted."
  type        = string
  default     = "payments"
}

variable "load_balancer" {
  description = "The load balancer's name in metrics (arn_suffix). Null: no alarms on it."
  type        = object({ arn_suffix = string })
  default     = null
}

variable "databases" {
  description = "Databases by name: identifier, storage (rds: allocated_storage_gib) and memory in GiB, and the most connections that it takes."
  type = map(object({
    instance_id           = string
    allocated_storage_gib = number
    memory_gib            = number
    max_connections       = number
  }))
  default = {}
}

variable "caches" {
  description = "Caches by name: ids of their nodes."
  type        = map(object({ node_ids = list(string) }))
  default     = {}
}

variable "cluster_name" {
  description = "The cluster whose nodes are watched through Container Insights."
  type        = string
}

variable "log_retention_days" {
  description = "Days for which the services' logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days: ${var.log_retention_days} is not offered by CloudWatch Logs, or too short to investigate an incident. Use 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "kms_key_arn" {
  description = "Key of topics and log groups; its policy has to let CloudWatch, CloudWatch Logs, EventBridge, RDS and AWS Backup use it."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "datadog_enabled" {
  description = "Make the same alerts as Datadog monitors too. Needs DD_API_KEY and DD_APP_KEY where Terraform runs."
  type        = bool
  default     = false
}

variable "datadog_handles" {
  description = "Whom Datadog notifies, by channel. A channel that is left out is notified as @slack-<channel>."
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags of every resource. The keys Service, Environment, Owner, CostCentre and DataClass are required."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags))) == 0
    error_message = "tags: ${join(", ", setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags)))} missing. Every resource needs these keys: add them."
  }
}
