variable "alert_subscriptions" {
  description = "Recipients of alerts, by paging channel of catalog.yaml: e-mail addresses or HTTPS addresses of a pager."
  type = map(list(object({
    protocol = string
    endpoint = string
  })))
  default = {}
}

variable "datadog_enabled" {
  description = "Make the alerts in Datadog too. Needs DD_API_KEY and DD_APP_KEY where Terraform runs."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days for which logs are kept: 90, 180, 365 or 731."
  type        = number

  validation {
    condition     = contains([90, 180, 365, 731], var.log_retention_days)
    error_message = "log_retention_days: ${var.log_retention_days} is not offered. Use 90, 180, 365 or 731."
  }
}

variable "reserved" {
  description = <<-EOT
    Capacity that is paid for in advance, cheaper than by the hour. A purchase can't be cancelled:
    removing it here only forgets it.
    database_instances: instances of database.instance_class.
    cache_nodes: nodes of cache.node_type.
    compute_dollars_per_hour: a Compute Savings Plan, for nodes, functions and the bastion.
    years: 1 or 3. payment: No Upfront, Partial Upfront or All Upfront.
  EOT
  type = object({
    database_instances       = optional(number, 0)
    cache_nodes              = optional(number, 0)
    compute_dollars_per_hour = optional(number, 0)
    years                    = optional(number, 1)
    payment                  = optional(string, "No Upfront")
  })
  default = {}

  validation {
    condition     = contains([1, 3], var.reserved.years)
    error_message = "reserved: years is ${var.reserved.years}. AWS sells 1 or 3."
  }

  validation {
    condition     = contains(["No Upfront", "Partial Upfront", "All Upfront"], var.reserved.payment)
    error_message = "reserved: payment is '${var.reserved.payment}'. Use No Upfront, Partial Upfront or All Upfront."
  }

  validation {
    condition     = alltrue([for amount in [var.reserved.database_instances, var.reserved.cache_nodes] : amount >= 0 && floor(amount) == amount]) && var.reserved.compute_dollars_per_hour >= 0
    error_message = "reserved: a number is negative, or part of an instance. Use whole instances and nodes, 0 for none."
  }
}
