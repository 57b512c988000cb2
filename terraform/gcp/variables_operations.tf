variable "subscriptions" {
  description = "Recipients of alerts: e-mail addresses by the paging channels of catalog.yaml."
  type        = map(list(string))
  default     = {}
}

variable "thresholds" {
  description = "When to alert, as modules/monitoring takes it; the defaults are the alerts' own: 1 %, 500 ms, 20 %, 80 %."
  type = object({
    error_rate_percent  = optional(number, 1)
    p95_milliseconds    = optional(number, 500)
    disk_free_percent   = optional(number, 20)
    utilisation_percent = optional(number, 80)
    pool_used_percent   = optional(number, 90)
    payment_failures    = optional(number, 5)
  })
  default = {}
}

variable "service_log_days" {
  description = "For how many days the services' logs are kept."
  type        = number
  default     = 90
}

variable "lock_audit_logs" {
  description = "Whether nobody can shorten how long audit logs are kept. Irreversible."
  type        = bool
  default     = false
}
