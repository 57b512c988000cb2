# What is kept, where, how long; the dashboard; and what is refused.
mock_provider "google" {}

variables {
  name                  = "fieldday-test"
  project_id            = "fieldday-project"
  project_number        = "123456789012"
  region                = "us-east1"
  services              = { payments = { paging = "#page-payments", tier = "critical" } }
  databases             = { the-database = { max_connections = 200 } }
  caches                = { the-cache = "the-cache-id" }
  cluster_name          = "the-cluster"
  rotation_subscription = "the-subscription"
  log_key_id            = "the-log-key"
  topic_key_id          = "the-topic-key"

  labels = {
    service     = "monitoring"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "logs" {
  assert {
    condition = jsonencode([
      for bucket in [google_logging_project_bucket_config.services, google_logging_project_bucket_config.audit] :
      [bucket.project, bucket.location, bucket.bucket_id, bucket.description, bucket.retention_days, bucket.locked == true, bucket.enable_analytics, bucket.cmek_settings[0].kms_key_name, [for index in bucket.index_configs : [index.field_path, index.type]]]
      ]) == jsonencode([
      ["fieldday-project", "us-east1", "fieldday-test-services", "What the services log.", 90, false, true, "the-log-key", [["jsonPayload.request_id", "INDEX_TYPE_STRING"]]],
      ["fieldday-project", "us-east1", "fieldday-test-audit", "Who did what.", 400, false, true, "the-log-key", []],
    ])
    error_message = "Logs are kept shorter than promised, or not encrypted by our key."
  }

  assert {
    condition = jsonencode([
      for sink in [google_logging_project_sink.services, google_logging_project_sink.audit] :
      [sink.name, sink.project, sink.description, sink.filter, sink.unique_writer_identity, sink.exclusions]
      ]) == jsonencode([
      [
        "fieldday-test-services", "fieldday-project", "What the services log.", "resource.type=\"k8s_container\" AND resource.labels.cluster_name=\"the-cluster\"", true,
        [{ description = "Probes come each second and say nothing.", disabled = null, filter = "jsonPayload.route=~\"^/(livez|readyz|metrics)$\" AND severity<WARNING", name = "probes" }],
      ],
      ["fieldday-test-audit", "fieldday-project", "Who did what.", "logName:\"cloudaudit.googleapis.com\"", true, []],
    ])
    error_message = "A log goes elsewhere, or not at all."
  }

  assert {
    condition = alltrue([
      google_logging_project_sink.services.destination == "logging.googleapis.com/${google_logging_project_bucket_config.services.id}",
      google_logging_project_sink.audit.destination == "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}",
    ])
    error_message = "A sink leads to another bucket."
  }

  assert {
    condition = jsonencode([
      google_logging_project_exclusion.services.name, google_logging_project_exclusion.services.project, google_logging_project_exclusion.services.description, google_logging_project_exclusion.services.filter,
      ]) == jsonencode([
      "fieldday-test-services", "fieldday-project", "Kept in the bucket fieldday-test-services.", "resource.type=\"k8s_container\" AND resource.labels.cluster_name=\"the-cluster\"",
    ])
    error_message = "The services' logs are kept twice."
  }
}

run "locked" {
  variables {
    service_log_days = 30
    audit_log_days   = 730
    lock_audit_logs  = true
  }

  assert {
    condition = jsonencode([
      google_logging_project_bucket_config.services.retention_days, google_logging_project_bucket_config.audit.retention_days, google_logging_project_bucket_config.audit.locked,
    ]) == jsonencode([30, 730, true])
    error_message = "An input has no effect."
  }
}

run "dashboard" {
  assert {
    condition = alltrue([
      google_monitoring_dashboard.this.project == "fieldday-project",
      jsondecode(google_monitoring_dashboard.this.dashboard_json).displayName == "fieldday-test",
      jsondecode(google_monitoring_dashboard.this.dashboard_json).labels == { for key, value in var.labels : key => value },
      jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.columns == 12,
    ])
    error_message = "The dashboard differs."
  }

  assert {
    condition = jsonencode([
      for tile in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles : [tile.xPos, tile.yPos, tile.width, tile.height, tile.widget.title, tile.widget.xyChart.thresholds[0].value, tile.widget.xyChart.dataSets[0].plotType]
      ]) == jsonencode([
      [0, 0, 6, 4, "Error rate by service", 0.01, "LINE"],
      [6, 0, 6, 4, "95th percentile by service, in seconds", 0.5, "LINE"],
      [0, 4, 6, 4, "CPU of nodes", 0.8, "LINE"],
      [6, 4, 6, 4, "Disks of nodes", 0.8, "LINE"],
      [0, 8, 6, 4, "Memory of nodes", 0.8, "LINE"],
      [6, 8, 6, 4, "Failed payments", 5, "LINE"],
      [0, 12, 6, 4, "CPU of the cache the-cache", 0.8, "LINE"],
      [6, 12, 6, 4, "Memory of the cache the-cache", 0.8, "LINE"],
      [0, 16, 6, 4, "Connections to the-database", 0.9, "LINE"],
      [6, 16, 6, 4, "CPU of the-database", 0.8, "LINE"],
      [0, 20, 6, 4, "Disk of the-database", 0.8, "LINE"],
      [6, 20, 6, 4, "Memory of the-database", 0.8, "LINE"],
    ])
    error_message = "A chart is missing, or charts lie over each other."
  }

  assert {
    condition = jsonencode([
      for tile in slice(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles, 0, 3) : tile.widget.xyChart.dataSets[0].timeSeriesQuery.prometheusQuery
      ]) == jsonencode([
      "sum by (service) (rate(http_requests_total{cluster=\"the-cluster\",status=~\"5..\"}[5m])) / sum by (service) (rate(http_requests_total{cluster=\"the-cluster\"}[5m]))",
      "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket{cluster=\"the-cluster\"}[5m])))",
      "max by (node_name) (kubernetes_io:node_cpu_allocatable_utilization{monitored_resource=\"k8s_node\",cluster_name=\"the-cluster\"})",
    ])
    error_message = "A chart shows something else than its title says."
  }
}

run "outputs" {
  assert {
    condition = jsonencode([
      output.alerts_topic_id == google_pubsub_topic.alerts.id,
      output.log_bucket_ids == { services = google_logging_project_bucket_config.services.id, audit = google_logging_project_bucket_config.audit.id },
      output.alert_names["payments/payment_failures"],
    ]) == jsonencode([true, true, "fieldday-test: Failed payments"])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ alerts = "the-topic-key", audit_logs = "the-log-key", service_logs = "the-log-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "shares_above_all_are_refused" {
  command = plan

  variables {
    thresholds = { disk_free_percent = 100 }
  }

  expect_failures = [var.thresholds]
}

run "an_alert_that_always_fires_is_refused" {
  command = plan

  variables {
    thresholds = { p95_milliseconds = 0 }
  }

  expect_failures = [var.thresholds]
}

run "a_channel_of_no_service_is_refused" {
  command = plan

  variables {
    subscriptions = { "#page-nobody" = ["nobody@fieldday.example"] }
  }

  expect_failures = [var.subscriptions]
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    subscriptions = { "#page-payments" = ["payments"] }
  }

  expect_failures = [var.subscriptions]
}

run "payments_that_do_not_exist_are_refused" {
  command = plan

  variables {
    payments_service = "payment"
  }

  expect_failures = [var.payments_service]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name             = "F"
    project_id       = "Field"
    project_number   = "fieldday"
    region           = "us-east1-b"
    services         = { payments = { paging = "#page-payments", tier = "important" } }
    uptime_checks    = { api = { host = "https://api.fieldday.example", path = "livez" } }
    service_log_days = 7
    audit_log_days   = 90
    labels           = {}
  }

  expect_failures = [
    var.name, var.project_id, var.project_number, var.region, var.services, var.uptime_checks, var.service_log_days, var.audit_log_days, var.labels,
  ]
}

run "labels_in_capitals_are_refused" {
  command = plan

  variables {
    labels = { service = "monitoring", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
  }

  expect_failures = [var.labels]
}

run "a_label_s_key_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "x", environment = "test", owner = "platform", cost_centre = "engineering", data_class = "internal", Team = "x" }
  }

  expect_failures = [var.labels]
}

run "too_much_is_refused" {
  command = plan

  variables {
    service_log_days = 366
    audit_log_days   = 3651
    uptime_checks    = { api = { host = "api.fieldday.example/", path = "/livez" } }
    thresholds       = { payment_failures = 0 }
  }

  expect_failures = [var.service_log_days, var.audit_log_days, var.uptime_checks, var.thresholds]
}

run "no_services_are_refused" {
  command = plan

  variables {
    services = {}
  }

  expect_failures = [var.services]
}

run "a_path_that_is_none_is_refused" {
  command = plan

  variables {
    uptime_checks = { api = { host = "api.fieldday.example", path = "livez" } }
    thresholds    = { pool_used_percent = 0 }
  }

  expect_failures = [var.uptime_checks, var.thresholds]
}

run "the_least_is_taken" {
  command = plan

  variables {
    thresholds       = { error_rate_percent = 0.1, p95_milliseconds = 1, disk_free_percent = 1, utilisation_percent = 1, pool_used_percent = 1, payment_failures = 1 }
    service_log_days = 30
    audit_log_days   = 365
  }
}

run "the_most_is_taken" {
  command = plan

  variables {
    thresholds       = { error_rate_percent = 99, disk_free_percent = 99, utilisation_percent = 99, pool_used_percent = 99 }
    service_log_days = 365
    audit_log_days   = 3650
  }
}
