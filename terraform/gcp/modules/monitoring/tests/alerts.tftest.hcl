# The alerts: what is asked, above what, how urgent, and who hears of it.
mock_provider "google" {}

variables {
  name           = "fieldday-test"
  project_id     = "fieldday-project"
  project_number = "123456789012"
  region         = "us-east1"

  thresholds = {
    error_rate_percent  = 2
    p95_milliseconds    = 400
    disk_free_percent   = 25
    utilisation_percent = 70
    pool_used_percent   = 60
    payment_failures    = 3
  }

  services = {
    jobs     = { paging = "#page-platform", tier = "batch" }
    messages = { paging = "#page-community", tier = "standard" }
    payments = { paging = "#page-payments", tier = "critical" }
  }

  subscriptions = {
    "#page-platform" = ["platform@fieldday.example", "boss@fieldday.example"]
    "#page-payments" = ["payments@fieldday.example"]
  }

  databases             = { the-database = { max_connections = 200 } }
  caches                = { the-cache = "projects/p/locations/us-east1/instances/the-cache" }
  cluster_name          = "the-cluster"
  rotation_subscription = "the-subscription"
  uptime_checks         = { api = { host = "api.fieldday.example" } }
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

run "queries" {
  assert {
    condition = jsonencode({
      for key, policy in google_monitoring_alert_policy.this : key => policy.conditions[0].condition_prometheus_query_language[0].query
      }) == jsonencode(merge({
        for name in ["jobs", "messages", "payments"] : "${name}/error_rate" =>
        "sum(rate(http_requests_total{cluster=\"the-cluster\",service=\"${name}\",status=~\"5..\"}[5m])) / sum(rate(http_requests_total{cluster=\"the-cluster\",service=\"${name}\"}[5m])) > 0.02"
        }, {
        for name in ["jobs", "messages", "payments"] : "${name}/latency" =>
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{cluster=\"the-cluster\",service=\"${name}\"}[5m]))) > 0.4"
        }, {
        "payments/payment_failures" = "sum(increase(http_requests_total{cluster=\"the-cluster\",service=\"payments\",method=\"POST\",status=~\"5..\"}[5m])) > 3"
        "the-database/disk"         = "max(cloudsql_googleapis_com:database_disk_utilization{database_id=\"fieldday-project:the-database\"}) > 0.75"
        "the-database/cpu"          = "max(cloudsql_googleapis_com:database_cpu_utilization{database_id=\"fieldday-project:the-database\"}) > 0.7"
        "the-database/memory"       = "max(cloudsql_googleapis_com:database_memory_utilization{database_id=\"fieldday-project:the-database\"}) > 0.7"
        "the-database/connections"  = "sum(cloudsql_googleapis_com:database_postgresql_num_backends{database_id=\"fieldday-project:the-database\"}) / 200 > 0.6"
        "the-cache/memory"          = "max(redis_googleapis_com:stats_memory_usage_ratio{instance_id=\"projects/p/locations/us-east1/instances/the-cache\"}) > 0.7"
        "the-cache/cpu"             = "max(sum by (node_id) (rate(redis_googleapis_com:stats_cpu_utilization{instance_id=\"projects/p/locations/us-east1/instances/the-cache\"}[5m]))) > 0.7"
        "nodes/disk"                = "max by (node_name) (kubernetes_io:node_ephemeral_storage_used_bytes{monitored_resource=\"k8s_node\",cluster_name=\"the-cluster\"} / kubernetes_io:node_ephemeral_storage_total_bytes{monitored_resource=\"k8s_node\",cluster_name=\"the-cluster\"}) > 0.75"
        "nodes/cpu"                 = "max by (node_name) (kubernetes_io:node_cpu_allocatable_utilization{monitored_resource=\"k8s_node\",cluster_name=\"the-cluster\"}) > 0.7"
        "nodes/memory"              = "max by (node_name) (kubernetes_io:node_memory_allocatable_utilization{monitored_resource=\"k8s_node\",cluster_name=\"the-cluster\",memory_type=\"non-evictable\"}) > 0.7"
        "secrets/rotation"          = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{subscription_id=\"the-subscription\"}) > 0"
    }))
    error_message = "An alert asks for something else, or fires at another limit."
  }

  assert {
    condition = jsonencode({
      for key, policy in google_monitoring_alert_policy.this : key => [
        policy.project, policy.display_name, policy.combiner, policy.severity, policy.user_labels == tomap(merge(var.labels, { alert = replace(replace(key, "/", "-"), "_", "-") })),
        policy.conditions[0].display_name,
        policy.conditions[0].condition_prometheus_query_language[0].duration, policy.conditions[0].condition_prometheus_query_language[0].evaluation_interval,
        policy.conditions[0].condition_prometheus_query_language[0].rule_group, policy.conditions[0].condition_prometheus_query_language[0].alert_rule,
        policy.conditions[0].condition_prometheus_query_language[0].disable_metric_validation,
        policy.documentation[0].mime_type, policy.alert_strategy[0].auto_close, policy.alert_strategy[0].notification_prompts,
      ]
      }) == jsonencode({
      for key, expected in {
        "jobs/error_rate"           = ["Error rate of jobs", "WARNING", "300s", "jobs_error_rate"]
        "jobs/latency"              = ["95th percentile of jobs", "WARNING", "300s", "jobs_latency"]
        "messages/error_rate"       = ["Error rate of messages", "WARNING", "300s", "messages_error_rate"]
        "messages/latency"          = ["95th percentile of messages", "WARNING", "300s", "messages_latency"]
        "nodes/cpu"                 = ["CPU of nodes", "ERROR", "300s", "nodes_cpu"]
        "nodes/disk"                = ["Disks of nodes", "ERROR", "300s", "nodes_disk"]
        "nodes/memory"              = ["Memory of nodes", "ERROR", "300s", "nodes_memory"]
        "payments/error_rate"       = ["Error rate of payments", "CRITICAL", "300s", "payments_error_rate"]
        "payments/latency"          = ["95th percentile of payments", "CRITICAL", "300s", "payments_latency"]
        "payments/payment_failures" = ["Failed payments", "CRITICAL", "0s", "payments_payment_failures"]
        "secrets/rotation"          = ["Secrets that are due", "WARNING", "0s", "secrets_rotation"]
        "the-cache/cpu"             = ["CPU of the cache the-cache", "ERROR", "300s", "the_cache_cpu"]
        "the-cache/memory"          = ["Memory of the cache the-cache", "ERROR", "300s", "the_cache_memory"]
        "the-database/connections"  = ["Connections to the-database", "ERROR", "300s", "the_database_connections"]
        "the-database/cpu"          = ["CPU of the-database", "ERROR", "300s", "the_database_cpu"]
        "the-database/disk"         = ["Disk of the-database", "ERROR", "300s", "the_database_disk"]
        "the-database/memory"       = ["Memory of the-database", "ERROR", "300s", "the_database_memory"]
        } : key => [
        "fieldday-project", "fieldday-test: ${expected[0]}", "OR", expected[1], true, expected[0], expected[2], "30s", "fieldday-test", expected[3], true,
        "text/markdown", "3600s", ["OPENED", "CLOSED"],
      ]
    })
    error_message = "An alert is more or less urgent than promised, or missing."
  }

  assert {
    condition     = alltrue([for key, policy in google_monitoring_alert_policy.this : length(policy.documentation[0].content) > 60])
    error_message = "An alert does not say what to do."
  }

  assert {
    condition = alltrue([
      strcontains(google_monitoring_alert_policy.this["payments/error_rate"].documentation[0].content, "2 % of payments's answers"),
      strcontains(google_monitoring_alert_policy.this["payments/latency"].documentation[0].content, "more than 400 ms"),
      strcontains(google_monitoring_alert_policy.this["the-database/disk"].documentation[0].content, "25 % of the-database's disk"),
      strcontains(google_monitoring_alert_policy.this["the-database/connections"].documentation[0].content, "60 % of the-database's 200 connections"),
      strcontains(google_monitoring_alert_policy.this["the-database/cpu"].documentation[0].content, "70 %"),
      strcontains(google_monitoring_alert_policy.this["the-database/memory"].documentation[0].content, "70 %"),
      strcontains(google_monitoring_alert_policy.this["the-cache/memory"].documentation[0].content, "70 %"),
      strcontains(google_monitoring_alert_policy.this["the-cache/cpu"].documentation[0].content, "70 %"),
      strcontains(google_monitoring_alert_policy.this["nodes/disk"].documentation[0].content, "25 %"),
      strcontains(google_monitoring_alert_policy.this["nodes/cpu"].documentation[0].content, "70 %"),
      strcontains(google_monitoring_alert_policy.this["nodes/memory"].documentation[0].content, "70 %"),
      strcontains(google_monitoring_alert_policy.this["payments/payment_failures"].documentation[0].content, "payments's logs"),
      strcontains(google_monitoring_alert_policy.this["secrets/rotation"].documentation[0].content, "subscriptions pull the-subscription"),
    ])
    error_message = "An alert's text names other limits than those that it fires at."
  }
}

run "who_hears" {
  assert {
    condition = jsonencode({
      for key, policy in google_monitoring_alert_policy.this : key => sort(policy.notification_channels)
      }) == jsonencode(merge(
      { for key in ["jobs/error_rate", "jobs/latency"] : key => [] },
      { for key in ["messages/error_rate", "messages/latency"] : key => [google_monitoring_notification_channel.pager.name] },
      { for key in ["payments/error_rate", "payments/latency", "payments/payment_failures"] : key => sort([
        google_monitoring_notification_channel.pager.name,
        google_monitoring_notification_channel.email["#page-payments/payments@fieldday.example"].name,
      ]) },
      { for key in [
        "nodes/cpu", "nodes/disk", "nodes/memory", "secrets/rotation", "the-cache/cpu", "the-cache/memory",
        "the-database/connections", "the-database/cpu", "the-database/disk", "the-database/memory",
        ] : key => sort([
          google_monitoring_notification_channel.pager.name,
          google_monitoring_notification_channel.email["#page-platform/boss@fieldday.example"].name,
          google_monitoring_notification_channel.email["#page-platform/platform@fieldday.example"].name,
      ]) },
    ))
    error_message = "An alert reaches others than those who answer for it, or a batch service pages."
  }

  assert {
    condition = jsonencode([
      { for key, channel in google_monitoring_notification_channel.email : key => [channel.project, channel.display_name, channel.type, channel.labels, channel.user_labels == tomap(var.labels)] },
      google_monitoring_notification_channel.pager.project,
      google_monitoring_notification_channel.pager.display_name,
      google_monitoring_notification_channel.pager.type,
      google_monitoring_notification_channel.pager.labels == tomap({ topic = google_pubsub_topic.alerts.id }),
      google_monitoring_notification_channel.pager.user_labels == tomap(var.labels),
      ]) == jsonencode([
      { for pair in [["#page-payments", "payments@fieldday.example"], ["#page-platform", "boss@fieldday.example"], ["#page-platform", "platform@fieldday.example"]] :
        "${pair[0]}/${pair[1]}" => ["fieldday-project", "${pair[0]}: ${pair[1]}", "email", { email_address = pair[1] }, true]
      },
      "fieldday-project", "fieldday-test pager", "pubsub", true, true,
    ])
    error_message = "A channel leads to somebody else."
  }

  assert {
    condition = jsonencode([
      google_pubsub_topic.alerts.name,
      google_pubsub_topic.alerts.project,
      google_pubsub_topic.alerts.labels == tomap(var.labels),
      google_pubsub_topic.alerts.kms_key_name,
      google_pubsub_topic.alerts.message_storage_policy,
      google_pubsub_topic_iam_member.alerts.project,
      google_pubsub_topic_iam_member.alerts.topic,
      google_pubsub_topic_iam_member.alerts.role,
      google_pubsub_topic_iam_member.alerts.member,
      ]) == jsonencode([
      "fieldday-test-alerts", "fieldday-project", true, "the-topic-key", [{ allowed_persistence_regions = ["us-east1"], enforce_in_transit = true }],
      "fieldday-project", "fieldday-test-alerts", "roles/pubsub.publisher", "serviceAccount:service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
    ])
    error_message = "Pagers get nothing, or others may publish alerts."
  }
}

run "changes" {
  assert {
    condition = jsonencode({
      for key, policy in google_monitoring_alert_policy.changes : key => [
        policy.project, policy.display_name, policy.combiner, policy.severity,
        policy.notification_channels == tolist(google_monitoring_alert_policy.this["nodes/cpu"].notification_channels),
        policy.user_labels == tomap(merge(var.labels, { alert = key })),
        policy.conditions[0].display_name, policy.conditions[0].condition_matched_log[0].filter, policy.conditions[0].condition_matched_log[0].label_extractors,
        policy.documentation[0].mime_type, policy.documentation[0].content, policy.alert_strategy[0].auto_close, policy.alert_strategy[0].notification_rate_limit,
      ]
      }) == jsonencode({
      for key, expected in {
        audit_logging = ["Audit logging was changed", "protoPayload.methodName=\"SetIamPolicy\" AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*"]
        bucket_access = ["Somebody's access to a bucket was changed", "resource.type=\"gcs_bucket\" AND protoPayload.methodName=\"storage.setIamPermissions\""]
        firewall      = ["The firewall was changed", "resource.type=\"gce_firewall_rule\" AND protoPayload.methodName=~\"compute\\.firewalls\\.(insert|patch|update|delete)$\""]
        guardrails    = ["A guardrail was changed", "protoPayload.serviceName=\"orgpolicy.googleapis.com\" AND protoPayload.methodName=~\"(CreatePolicy|UpdatePolicy|DeletePolicy)$\""]
        keys          = ["A key of Cloud KMS is to be destroyed or was disabled", "protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.methodName=~\"(DestroyCryptoKeyVersion|UpdateCryptoKeyVersion)$\""]
        owners = [
          "An owner was added",
          "protoPayload.serviceName=\"cloudresourcemanager.googleapis.com\" AND protoPayload.serviceData.policyDelta.bindingDeltas.action=\"ADD\" AND protoPayload.serviceData.policyDelta.bindingDeltas.role=\"roles/owner\"",
        ]
        service_account_keys = ["A service account's key was made", "protoPayload.methodName=\"google.iam.admin.v1.CreateServiceAccountKey\""]
        } : key => [
        "fieldday-project", "fieldday-test: ${expected[0]}", "OR", "WARNING", true, true, expected[0],
        "logName:\"cloudaudit.googleapis.com\" AND ${expected[1]}", { by = "EXTRACT(protoPayload.authenticationInfo.principalEmail)" },
        "text/markdown", "${expected[0]}, by $${log.extracted_label.by}. Expected when Terraform was applied just now; otherwise an incident.", "86400s", [{ period = "300s" }],
      ]
    })
    error_message = "A change that an intruder would make goes unnoticed."
  }
}

run "uptime" {
  assert {
    condition = jsonencode({
      for key, check in google_monitoring_uptime_check_config.this : key => [
        check.project, check.display_name, check.period, check.timeout, check.selected_regions, check.log_check_failures, check.user_labels == tomap(var.labels),
        check.http_check[0].path, check.http_check[0].port, check.http_check[0].request_method, check.http_check[0].use_ssl, check.http_check[0].validate_ssl,
        [for code in check.http_check[0].accepted_response_status_codes : code.status_class],
        check.monitored_resource,
      ]
      }) == jsonencode({
      api = [
        "fieldday-project", "fieldday-test api", "60s", "10s", ["USA_OREGON", "USA_IOWA", "USA_VIRGINIA"], true, true, "/livez", 443, "GET", true, true, ["STATUS_CLASS_2XX"],
        [{ labels = { host = "api.fieldday.example", project_id = "fieldday-project" }, type = "uptime_url" }],
      ]
    })
    error_message = "Nobody asks from outside each minute, or a bad certificate passes."
  }

  assert {
    condition = jsonencode({
      for key, policy in google_monitoring_alert_policy.uptime : key => [
        policy.project, policy.display_name, policy.combiner, policy.severity, policy.notification_channels == tolist(google_monitoring_alert_policy.this["nodes/cpu"].notification_channels),
        policy.user_labels == tomap(merge(var.labels, { alert = "uptime" })),
        policy.conditions[0].display_name,
        policy.conditions[0].condition_threshold[0].filter == "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.this[key].uptime_check_id}\"",
        policy.conditions[0].condition_threshold[0].comparison, policy.conditions[0].condition_threshold[0].threshold_value, policy.conditions[0].condition_threshold[0].duration,
        policy.conditions[0].condition_threshold[0].aggregations,
        policy.documentation[0].mime_type, policy.documentation[0].content, policy.alert_strategy[0].auto_close,
      ]
      }) == jsonencode({
      api = [
        "fieldday-project", "fieldday-test: api cannot be reached", "OR", "CRITICAL", true, true, "api.fieldday.example from two regions", true, "COMPARISON_GT", 1, "60s",
        [{ alignment_period = "120s", cross_series_reducer = "REDUCE_COUNT_FALSE", group_by_fields = ["resource.label.host"], per_series_aligner = "ALIGN_NEXT_OLDER" }],
        "text/markdown", "https://api.fieldday.example/livez does not answer, seen from more than one region. Look at the load balancer's logs, its certificate, and the gateway's pods.", "3600s",
      ]
    })
    error_message = "That it cannot be reached from outside goes unnoticed."
  }
}

run "defaults" {
  variables {
    thresholds    = {}
    databases     = {}
    caches        = {}
    uptime_checks = {}
    subscriptions = {}
  }

  assert {
    condition = jsonencode({
      for key in ["payments/error_rate", "payments/latency", "payments/payment_failures", "nodes/disk", "nodes/cpu"] :
      key => element(split(" > ", google_monitoring_alert_policy.this[key].conditions[0].condition_prometheus_query_language[0].query), 1)
      }) == jsonencode({
      "payments/error_rate" = "0.01", "payments/latency" = "0.5", "payments/payment_failures" = "5", "nodes/disk" = "0.8", "nodes/cpu" = "0.8",
    })
    error_message = "The limits that the user named are not the defaults."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.this) == 11 && length(google_monitoring_uptime_check_config.this) == 0
    error_message = "There are alerts on databases and caches that do not exist."
  }
}

run "the_pool_of_connections_by_default" {
  variables {
    thresholds = {}
  }

  assert {
    condition     = endswith(google_monitoring_alert_policy.this["the-database/connections"].conditions[0].condition_prometheus_query_language[0].query, "/ 200 > 0.9")
    error_message = "The pool is called exhausted at another share than 90 %."
  }
}
