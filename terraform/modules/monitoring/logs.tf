locals {
  # The services write one JSON object per line; these fields are counted.
  log_metrics = merge(
    merge([
      for service in keys(var.services) : {
        "${service}-requests"       = { service = service, metric = "requests", pattern = "{ $.event = \"request\" }", value = "1", default = "0", unit = "Count" }
        "${service}-errors"         = { service = service, metric = "errors", pattern = "{ ($.event = \"request\") && ($.status >= 500) }", value = "1", default = "0", unit = "Count" }
        "${service}-milliseconds"   = { service = service, metric = "milliseconds", pattern = "{ ($.event = \"request\") && ($.milliseconds >= 0) }", value = "$.milliseconds", default = null, unit = "Milliseconds" }
        "${service}-pool-exhausted" = { service = service, metric = "pool-exhausted", pattern = "{ $.event = \"pool exhausted\" }", value = "1", default = "0", unit = "Count" }
      }
    ]...),
    {
      for service in keys(var.services) :
      "${service}-failures" => { service = service, metric = "failures", pattern = "{ $.event = \"payment failed\" }", value = "1", default = "0", unit = "Count" } if service == var.payments_service
    },
  )

  namespaces = { for service in keys(var.services) : service => "FieldDay/${local.environment}/${service}" }
}

resource "aws_cloudwatch_log_group" "service" {
  #checkov:skip=CKV_AWS_338:Services' logs are for finding faults; what has to be kept for a year is in the audit trail
  for_each = var.services

  name              = "/fieldday/${local.environment}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = merge(var.tags, { Name = "/fieldday/${local.environment}/${each.key}", Service = each.key })

  lifecycle {
    precondition {
      condition     = contains(keys(var.services), var.payments_service)
      error_message = "payments_service: '${var.payments_service}' is not one of services. Name one of them, or failed payments raise no alert."
    }
  }
}

resource "aws_cloudwatch_log_metric_filter" "service" {
  for_each = local.log_metrics

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.service[each.value.service].name
  pattern        = each.value.pattern

  metric_transformation {
    namespace     = local.namespaces[each.value.service]
    name          = each.value.metric
    value         = each.value.value
    default_value = each.value.default
    unit          = each.value.unit
  }
}
