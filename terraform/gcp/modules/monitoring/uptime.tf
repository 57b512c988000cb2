resource "google_monitoring_uptime_check_config" "this" {
  for_each = var.uptime_checks

  project            = var.project_id
  display_name       = "${var.name} ${each.key}"
  period             = "60s"
  timeout            = "10s"
  selected_regions   = ["USA_OREGON", "USA_IOWA", "USA_VIRGINIA"]
  log_check_failures = true
  user_labels        = var.labels

  http_check {
    path           = each.value.path
    port           = 443
    request_method = "GET"
    use_ssl        = true
    validate_ssl   = true

    accepted_response_status_codes {
      status_class = "STATUS_CLASS_2XX"
    }
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = each.value.host }
  }
}

resource "google_monitoring_alert_policy" "uptime" {
  for_each = var.uptime_checks

  project               = var.project_id
  display_name          = "${var.name}: ${each.key} cannot be reached"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels[var.platform_channel]
  user_labels           = merge(var.labels, { alert = "uptime" })

  conditions {
    display_name = "${each.value.host} from two regions"

    condition_threshold {
      filter          = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.this[each.key].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"

      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "https://${each.value.host}${each.value.path} does not answer, seen from more than one region. Look at the load balancer's logs, its certificate, and the gateway's pods."
  }

  alert_strategy {
    auto_close = "3600s"
  }
}
