locals {
  alerts = merge(
    { for pair in setproduct(keys(var.services), ["error_rate", "latency"]) : "${pair[0]}/${pair[1]}" => merge(local.service_queries[pair[0]][pair[1]], {
      severity = local.severity[var.services[pair[0]].tier]
      channels = var.services[pair[0]].tier == "batch" ? [] : local.channels[var.services[pair[0]].paging]
      seconds  = 300
    }) },
    { for key, query in local.payment_queries : key => merge(query, { severity = "CRITICAL", channels = local.channels[var.services[var.payments_service].paging], seconds = 0 }) },
    { for key, query in merge(local.database_queries, local.cache_queries, local.node_queries) : key => merge(query, { severity = "ERROR", channels = local.channels[var.platform_channel], seconds = 300 }) },
    { for key, query in local.secret_queries : key => merge(query, { severity = "WARNING", channels = local.channels[var.platform_channel], seconds = 0 }) },
  )
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = each.value.channels
  user_labels           = merge(var.labels, { alert = replace(each.key, "/[^a-z0-9]/", "-") })

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query               = "${each.value.query} > ${each.value.above}"
      duration            = "${each.value.seconds}s"
      evaluation_interval = "30s"
      rule_group          = var.name
      alert_rule          = replace(each.key, "/[^a-zA-Z0-9]/", "_")
      # The metric of a service that was never deployed does not exist yet.
      disable_metric_validation = true
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.doc
  }

  alert_strategy {
    auto_close           = "3600s"
    notification_prompts = ["OPENED", "CLOSED"]
  }
}
