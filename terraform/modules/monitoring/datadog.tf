# The six alerts as Datadog monitors, by the same thresholds. The services' own metrics come from
# Datadog's agent (OpenMetrics), the stores' from its AWS integration.
locals {
  datadog_scope = "environment:${local.environment}"

  datadog_monitors = {
    error-rate = {
      says     = "More than ${var.thresholds.error_rate_percent} % of {{service.name}}'s answers are errors."
      query    = "sum(last_5m):100 * sum:http_requests.count{${local.datadog_scope},status:5*} by {service}.as_count() / sum:http_requests.count{${local.datadog_scope}} by {service}.as_count() > ${var.thresholds.error_rate_percent}"
      critical = var.thresholds.error_rate_percent
      grouped  = true
    }
    p95 = {
      says     = "The slowest 5 % of {{service.name}}'s answers take more than ${var.thresholds.p95_milliseconds} ms."
      query    = "percentile(last_5m):p95:http_request_duration_seconds{${local.datadog_scope}} by {service} > ${var.thresholds.p95_milliseconds / 1000}"
      critical = var.thresholds.p95_milliseconds / 1000
      grouped  = true
    }
    disk = {
      says     = "Less than ${var.thresholds.disk_free_percent} % of the disk of {{host.name}} is free."
      query    = "max(last_5m):100 * max:system.disk.in_use{${local.datadog_scope}} by {host,device} > ${100 - var.thresholds.disk_free_percent}"
      critical = 100 - var.thresholds.disk_free_percent
      grouped  = false
    }
    cpu = {
      says     = "More than ${var.thresholds.utilisation_percent} % of the CPU of {{host.name}} is in use."
      query    = "avg(last_5m):100 - avg:system.cpu.idle{${local.datadog_scope}} by {host} > ${var.thresholds.utilisation_percent}"
      critical = var.thresholds.utilisation_percent
      grouped  = false
    }
    memory = {
      says     = "More than ${var.thresholds.utilisation_percent} % of the memory of {{host.name}} is in use."
      query    = "avg(last_5m):100 - 100 * avg:system.mem.pct_usable{${local.datadog_scope}} by {host} > ${var.thresholds.utilisation_percent}"
      critical = var.thresholds.utilisation_percent
      grouped  = false
    }
    payment-failures = {
      says     = "${var.thresholds.payment_failures} payments or more failed within five minutes."
      query    = "logs(\"service:${var.payments_service} ${local.datadog_scope} @event:\\\"payment failed\\\"\").index(\"*\").rollup(\"count\").last(\"5m\") >= ${var.thresholds.payment_failures}"
      critical = var.thresholds.payment_failures
      grouped  = false
      service  = var.payments_service
    }
  }

  # One for each database, since each has its own number of connections.
  datadog_connections = {
    for name, database in var.databases : "connections-${name}" => {
      says     = "More than ${var.thresholds.pool_used_percent} % of the connections of database ${name} are in use."
      query    = "max(last_5m):max:aws.rds.database_connections{dbinstanceidentifier:${database.instance_id}} > ${database.max_connections * var.thresholds.pool_used_percent / 100}"
      critical = database.max_connections * var.thresholds.pool_used_percent / 100
      grouped  = false
    }
  }

  datadog = { for name, monitor in merge(local.datadog_monitors, local.datadog_connections) : name => monitor if var.datadog_enabled }

  datadog_handles = { for channel in local.channels : channel => lookup(var.datadog_handles, "#${channel}", "@slack-${channel}") }

  # A monitor over all services pages the owner of the one that alerts.
  datadog_by_service = join(" ", [
    for service in sort(keys(var.services)) : "{{#is_match \"service.name\" \"${service}\"}}${local.datadog_handles[local.paging[service]]}{{/is_match}}"
  ])
}

resource "datadog_monitor" "this" {
  for_each = local.datadog

  name     = "${var.name} ${replace(each.key, "-", " ")}"
  type     = startswith(each.value.query, "logs(") ? "log alert" : "query alert"
  query    = each.value.query
  message  = "${each.value.says} ${each.value.grouped ? local.datadog_by_service : local.datadog_handles[try(local.paging[each.value.service], local.platform)]}"
  priority = "1"

  monitor_thresholds {
    critical = tostring(each.value.critical)
  }

  # The load balancer's alarm covers a missing service.
  on_missing_data     = "default"
  require_full_window = false
  renotify_interval   = 60
  include_tags        = true

  tags = concat(["name:${var.name}", "alert:${each.key}"], [for key, value in var.tags : "${lower(key)}:${value}"])
}
