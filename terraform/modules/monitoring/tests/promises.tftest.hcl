# What the module promises, with mocks instead of AWS and Datadog: the six alerts, each at its
# threshold and to the channel of who owns it. Tables are compared whole with tests/expected.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:one" }
  }

  override_resource {
    target = aws_sns_topic.this["page-payments"]
    values = { arn = "arn:aws:sns:us-east-1:111122223333:page-payments" }
  }
  override_resource {
    target = aws_sns_topic.this["page-platform"]
    values = { arn = "arn:aws:sns:us-east-1:111122223333:page-platform" }
  }
}

mock_provider "datadog" {}

variables {
  name = "fieldday-production"
  services = {
    api      = { paging = "#page-platform", tier = "critical" }
    payments = { paging = "#page-payments", tier = "standard" }
  }
  subscriptions = {
    "#page-payments" = [{ protocol = "email", endpoint = "payments@fieldday.example" }]
  }
  load_balancer   = { arn_suffix = "app/fieldday-production/1" }
  databases       = { primary = { instance_id = "fieldday-production", allocated_storage_gib = 100, memory_gib = 16, max_connections = 1000 } }
  caches          = { main = { node_ids = ["fieldday-production-001", "fieldday-production-002"] } }
  cluster_name    = "fieldday-production-cluster"
  kms_key_arn     = "arn:aws:kms:us-east-1:111122223333:key/logs"
  datadog_enabled = true
  datadog_handles = { "#page-payments" = "@pagerduty-payments" }
  tags = {
    Service     = "monitoring"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

run "production" {
  assert {
    condition = jsonencode({
      for name, one in aws_cloudwatch_metric_alarm.this : name => {
        name        = one.alarm_name
        says        = one.alarm_description
        operator    = one.comparison_operator
        threshold   = one.threshold
        points      = "${one.datapoints_to_alarm} of ${one.evaluation_periods}"
        missing     = one.treat_missing_data
        metric      = "${coalesce(one.namespace, "-")} ${coalesce(one.metric_name, "-")} ${coalesce(one.statistic, one.extended_statistic, "-")}"
        dimensions  = one.dimensions
        period      = one.period
        percentiles = one.extended_statistic == null ? null : one.evaluate_low_sample_count_percentiles
        queries = { for query in one.metric_query : query.id => [
          query.expression, query.label, query.return_data, [for part in query.metric : [part.namespace, part.metric_name, part.dimensions, part.period, part.stat]],
        ] }
        actions = [one.alarm_actions, one.ok_actions]
      }
    }) == jsonencode(jsondecode(file("tests/expected/alarms.json")))
    error_message = "An alert is missing, at another threshold, or pages somebody else."
  }

  assert {
    condition = jsonencode({ for name, one in aws_cloudwatch_metric_alarm.this : name => one.tags }) == jsonencode({
      for name, one in aws_cloudwatch_metric_alarm.this : name => merge(var.tags, { Name = "fieldday-production-${name}" })
    })
    error_message = "An alarm lacks the tags or its name."
  }

  assert {
    condition = jsonencode({
      for name, one in aws_cloudwatch_log_metric_filter.service : name => [one.name, one.log_group_name, one.pattern, [for to in one.metric_transformation : [to.namespace, to.name, to.value, to.default_value, to.unit]]]
    }) == jsonencode(jsondecode(file("tests/expected/log-metrics.json")))
    error_message = "Requests, errors, times or failed payments are not counted from the logs."
  }

  assert {
    condition = jsonencode({ for service, one in aws_cloudwatch_log_group.service : service => [one.name, one.retention_in_days, one.kms_key_id, one.tags] }) == jsonencode({
      for service in ["api", "payments"] : service => [
        "/fieldday/production/${service}", 90, "arn:aws:kms:us-east-1:111122223333:key/logs", merge(var.tags, { Name = "/fieldday/production/${service}", Service = service }),
      ]
    })
    error_message = "A service's logs are kept without key or end."
  }

  assert {
    condition = jsonencode({ for channel, one in aws_sns_topic.this : channel => [one.name, one.display_name, one.kms_master_key_id, one.signature_version, one.tags] }) == jsonencode({
      for channel in ["page-payments", "page-platform"] : channel => [
        "fieldday-production-${channel}", "FieldDay production ${channel}", "arn:aws:kms:us-east-1:111122223333:key/logs", 2, merge(var.tags, { Name = "fieldday-production-${channel}" }),
      ]
    })
    error_message = "A paging channel has no topic, or one without key."
  }

  assert {
    condition = jsonencode({ for channel, one in aws_sns_topic_policy.this : channel => [one.arn, jsondecode(one.policy)] }) == jsonencode({
      for channel in ["page-payments", "page-platform"] : channel => ["arn:aws:sns:us-east-1:111122223333:${channel}", {
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "LetServicesAlert"
            Effect    = "Allow"
            Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"] }
            Action    = "sns:Publish"
            Resource  = "arn:aws:sns:us-east-1:111122223333:${channel}"
            Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
          },
          {
            Sid       = "LetBackupsAlert"
            Effect    = "Allow"
            Principal = { Service = "backup.amazonaws.com" }
            Action    = "sns:Publish"
            Resource  = "arn:aws:sns:us-east-1:111122223333:${channel}"
            Condition = { StringEqualsIfExists = { "aws:SourceAccount" = "111122223333" } }
          },
          {
            Sid       = "RefusePlainHttp"
            Effect    = "Deny"
            Principal = "*"
            Action    = "sns:Publish"
            Resource  = "arn:aws:sns:us-east-1:111122223333:${channel}"
            Condition = { Bool = { "aws:SecureTransport" = "false" } }
          },
        ]
      }]
    })
    error_message = "Others than this account's services may page."
  }

  assert {
    condition = jsonencode({ for name, one in aws_sns_topic_subscription.this : name => [one.topic_arn, one.protocol, one.endpoint] }) == jsonencode({
      "page-payments email payments@fieldday.example" = ["arn:aws:sns:us-east-1:111122223333:page-payments", "email", "payments@fieldday.example"]
    })
    error_message = "Who asked for it does not hear of a channel's alerts."
  }

  assert {
    condition     = jsonencode({ for name, one in aws_cloudwatch_dashboard.this : name => [one.dashboard_name, jsondecode(one.dashboard_body)] }) == jsonencode(jsondecode(file("tests/expected/dashboards.json")))
    error_message = "A dashboard does not show what is alerted on."
  }

  assert {
    condition = jsonencode({
      for name, one in datadog_monitor.this : name => {
        name      = one.name
        kind      = one.type
        query     = one.query
        message   = one.message
        priority  = one.priority
        critical  = one.monitor_thresholds[*].critical
        missing   = [one.on_missing_data, one.require_full_window]
        again     = one.renotify_interval
        with_tags = one.include_tags
        tags      = one.tags
      }
    }) == jsonencode(jsondecode(file("tests/expected/datadog.json")))
    error_message = "Datadog alerts on something else than CloudWatch, or tells somebody else."
  }

  assert {
    condition = jsonencode({
      alerts     = output.alerts_topic_arn
      topics     = output.topic_arns
      alarms     = output.alarm_names
      groups     = output.log_group_names
      dashboards = output.dashboard_names
      thresholds = output.thresholds
      }) == jsonencode({
      alerts     = "arn:aws:sns:us-east-1:111122223333:page-platform"
      topics     = { for channel in ["page-payments", "page-platform"] : channel => "arn:aws:sns:us-east-1:111122223333:${channel}" }
      alarms     = sort([for name in keys(jsondecode(file("tests/expected/alarms.json"))) : "fieldday-production-${name}"])
      groups     = { for service in ["api", "payments"] : service => "/fieldday/production/${service}" }
      dashboards = ["fieldday-production-overview", "fieldday-production-stores"]
      thresholds = { disk_free_percent = 20, error_rate_percent = 1, p95_milliseconds = 500, payment_failures = 5, pool_used_percent = 90, utilisation_percent = 80 }
    })
    error_message = "An output gives something else than it says."
  }
}

run "other_thresholds_without_the_rest" {
  command = plan

  variables {
    thresholds       = { error_rate_percent = 2, p95_milliseconds = 800, disk_free_percent = 10, utilisation_percent = 90, pool_used_percent = 50, payment_failures = 3 }
    load_balancer    = null
    caches           = {}
    datadog_enabled  = false
    subscriptions    = {}
    platform_channel = "#page-night"
  }

  assert {
    condition = jsonencode({ for name, one in aws_cloudwatch_metric_alarm.this : name => one.threshold }) == jsonencode({
      api-error-rate               = 2
      api-p95                      = 800
      api-pool-exhausted           = 1
      database-primary-connections = 500
      database-primary-cpu         = 90
      database-primary-disk        = 10737418240
      database-primary-memory      = 1717986918.4
      nodes-cpu                    = 90
      nodes-disk                   = 90
      nodes-memory                 = 90
      payments-error-rate          = 2
      payments-failures            = 3
      payments-p95                 = 800
      payments-pool-exhausted      = 1
    })
    error_message = "An alarm does not follow the thresholds, or watches what there is not."
  }

  assert {
    condition     = jsonencode([length(datadog_monitor.this), length(aws_sns_topic_subscription.this), keys(aws_sns_topic.this)]) == jsonencode([0, 0, ["page-night", "page-payments", "page-platform"]])
    error_message = "Datadog is not left alone, or the platform's channel has no topic."
  }
}
