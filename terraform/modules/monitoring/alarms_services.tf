locals {
  # Below this many requests a minute a single error is a large share.
  least_requests = 20

  # A critical service pages after three bad minutes of five, others after ten of fifteen.
  patience = {
    for name, service in var.services : name => service.tier == "critical" ? { periods = 5, points = 3 } : { periods = 15, points = 10 }
  }

  service_alarms = merge(
    merge([
      for service in keys(var.services) : {
        "${service}-error-rate" = {
          alert          = "error rate"
          says           = "More than ${var.thresholds.error_rate_percent} % of ${service}'s answers are errors."
          expression     = "IF(requests > ${local.least_requests}, 100 * errors / requests, 0)"
          parts          = { errors = "errors", requests = "requests" }
          part_namespace = local.namespaces[service]
          threshold      = var.thresholds.error_rate_percent
          periods        = local.patience[service].periods
          points         = local.patience[service].points
          channel        = local.paging[service]
        }
        "${service}-p95" = {
          alert      = "p95"
          says       = "The slowest 5 % of ${service}'s answers take more than ${var.thresholds.p95_milliseconds} ms."
          namespace  = local.namespaces[service]
          metric     = "milliseconds"
          percentile = "p95"
          threshold  = var.thresholds.p95_milliseconds
          periods    = local.patience[service].periods
          points     = local.patience[service].points
          channel    = local.paging[service]
        }
        "${service}-pool-exhausted" = {
          alert     = "connection pool exhausted"
          says      = "${service} waits for a free connection to the database."
          namespace = local.namespaces[service]
          metric    = "pool-exhausted"
          statistic = "Sum"
          operator  = "GreaterThanOrEqualToThreshold"
          threshold = 1
          points    = 1
          periods   = 1
          channel   = local.paging[service]
        }
      }
    ]...),
    {
      for service in keys(var.services) : "${service}-failures" => {
        alert     = "payment failures"
        says      = "${var.thresholds.payment_failures} payments or more failed within five minutes."
        namespace = local.namespaces[service]
        metric    = "failures"
        statistic = "Sum"
        operator  = "GreaterThanOrEqualToThreshold"
        threshold = var.thresholds.payment_failures
        period    = 300
        periods   = 1
        points    = 1
        channel   = local.paging[service]
      } if service == var.payments_service
    },
  )

  # What users see, from whichever service.
  load_balancer_dimensions = { LoadBalancer = try(var.load_balancer.arn_suffix, "") }

  load_balancer_alarms = {
    for name, alarm in {
      load-balancer-error-rate = {
        alert          = "error rate"
        says           = "More than ${var.thresholds.error_rate_percent} % of all answers at the load balancer are errors."
        expression     = "IF(requests > ${local.least_requests}, 100 * errors / requests, 0)"
        parts          = { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" }
        part_namespace = "AWS/ApplicationELB"
        dimensions     = local.load_balancer_dimensions
        threshold      = var.thresholds.error_rate_percent
      }
      load-balancer-p95 = {
        alert      = "p95"
        says       = "The slowest 5 % of all answers take more than ${var.thresholds.p95_milliseconds} ms."
        namespace  = "AWS/ApplicationELB"
        metric     = "TargetResponseTime"
        percentile = "p95"
        dimensions = local.load_balancer_dimensions
        # The load balancer measures in seconds.
        threshold = var.thresholds.p95_milliseconds / 1000
      }
    } : name => alarm if var.load_balancer != null
  }
}
