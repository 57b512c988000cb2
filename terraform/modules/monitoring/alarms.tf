# One table of all alarms; `alert` says to which of the six alerts each belongs.
# Every alarm uses a metric or an expression of two.
locals {
  alarms = merge(
    local.service_alarms,
    local.load_balancer_alarms,
    local.database_alarms,
    local.cache_alarms,
    local.node_alarms,
  )

  alarm_defaults = {
    dimensions = {}
    period     = 60
    periods    = 5
    points     = 3
    operator   = "GreaterThanThreshold"
    missing    = "notBreaching"
    channel    = local.platform
  }

  alarms_in_full = { for name, alarm in local.alarms : name => merge(local.alarm_defaults, alarm) }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms_in_full

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} Alert: ${each.value.alert}."
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.points
  treat_missing_data  = each.value.missing

  namespace          = try(each.value.namespace, null)
  metric_name        = try(each.value.metric, null)
  dimensions         = can(each.value.expression) ? null : each.value.dimensions
  period             = can(each.value.expression) ? null : each.value.period
  statistic          = try(each.value.statistic, null)
  extended_statistic = try(each.value.percentile, null)

  # Percentiles need enough requests.
  evaluate_low_sample_count_percentiles = can(each.value.percentile) ? "ignore" : null

  dynamic "metric_query" {
    for_each = can(each.value.expression) ? [each.value.expression] : []

    content {
      id          = "ratio"
      expression  = metric_query.value
      label       = each.value.alert
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = try(each.value.parts, {})

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = each.value.part_namespace
        metric_name = metric_query.value
        dimensions  = each.value.dimensions
        period      = each.value.period
        stat        = "Sum"
      }
    }
  }

  alarm_actions = [aws_sns_topic.this[each.value.channel].arn]
  ok_actions    = [aws_sns_topic.this[each.value.channel].arn]

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
