locals {
  services = sort(keys(var.services))

  # Position and size in columns of 24; every graph shows the line at which it alerts.
  graph = {
    for side in ["left", "right"] : side => { type = "metric", width = 12, height = 6, x = side == "left" ? 0 : 12 }
  }

  overview = {
    widgets = [
      {
        type = "alarm", x = 0, y = 0, width = 24, height = 4
        properties = {
          title  = "Alerts of ${var.name}"
          sortBy = "stateUpdatedTimestamp"
          alarms = [for name in sort(keys(aws_cloudwatch_metric_alarm.this)) : aws_cloudwatch_metric_alarm.this[name].arn]
        }
      },
      merge(local.graph.left, {
        y = 4
        properties = {
          title = "Error rate, %", region = local.region, period = 60, view = "timeSeries"
          metrics = concat(
            [for index, service in local.services : [{ id = "x${index}", label = service, expression = "100 * e${index} / r${index}" }]],
            [for index, service in local.services : [local.namespaces[service], "errors", { id = "e${index}", stat = "Sum", visible = false }]],
            [for index, service in local.services : [local.namespaces[service], "requests", { id = "r${index}", stat = "Sum", visible = false }]],
          )
          annotations = { horizontal = [{ label = "alert", value = var.thresholds.error_rate_percent }] }
        }
      }),
      merge(local.graph.right, {
        y = 4
        properties = {
          title       = "p95, ms", region = local.region, period = 60, view = "timeSeries"
          metrics     = [for service in local.services : [local.namespaces[service], "milliseconds", { label = service, stat = "p95" }]]
          annotations = { horizontal = [{ label = "alert", value = var.thresholds.p95_milliseconds }] }
        }
      }),
      merge(local.graph.left, {
        y = 10
        properties = {
          title       = "Requests a minute", region = local.region, period = 60, view = "timeSeries"
          metrics     = [for service in local.services : [local.namespaces[service], "requests", { label = service, stat = "Sum" }]]
          annotations = { horizontal = [] }
        }
      }),
      merge(local.graph.right, {
        y = 10
        properties = {
          title       = "Failed payments in five minutes", region = local.region, period = 300, view = "timeSeries"
          metrics     = [["FieldDay/${local.environment}/${var.payments_service}", "failures", { label = "failed", stat = "Sum" }]]
          annotations = { horizontal = [{ label = "alert", value = var.thresholds.payment_failures }] }
        }
      }),
    ]
  }

  stores = {
    widgets = [
      merge(local.graph.left, {
        y = 0
        properties = {
          title = "CPU and memory in use, %", region = local.region, period = 60, view = "timeSeries"
          metrics = concat(
            [for name, database in var.databases : ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", database.instance_id, { label = "${name} CPU", stat = "Average" }]],
            flatten([for name, cache in var.caches : [for node in cache.node_ids : [
              { row = ["AWS/ElastiCache", "EngineCPUUtilization", "CacheClusterId", node, { label = "${node} CPU", stat = "Average" }] },
              { row = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", node, { label = "${node} memory", stat = "Average" }] },
            ]]])[*].row,
            [for one in ["node_cpu_utilization", "node_memory_utilization"] : ["ContainerInsights", one, "ClusterName", var.cluster_name, { label = one, stat = "Maximum" }]],
          )
          annotations = { horizontal = [{ label = "alert", value = var.thresholds.utilisation_percent }] }
        }
      }),
      merge(local.graph.right, {
        y = 0
        properties = {
          title       = "Free storage, bytes", region = local.region, period = 60, view = "timeSeries"
          metrics     = [for name, database in var.databases : ["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", database.instance_id, { label = name, stat = "Minimum" }]]
          annotations = { horizontal = [for name in keys(var.databases) : { label = "alert ${name}", value = local.database_alarms["database-${name}-disk"].threshold }] }
        }
      }),
      merge(local.graph.left, {
        y = 6
        properties = {
          title       = "Database connections", region = local.region, period = 60, view = "timeSeries"
          metrics     = [for name, database in var.databases : ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", database.instance_id, { label = name, stat = "Maximum" }]]
          annotations = { horizontal = [for name in keys(var.databases) : { label = "alert ${name}", value = local.database_alarms["database-${name}-connections"].threshold }] }
        }
      }),
      merge(local.graph.right, {
        y = 6
        properties = {
          title       = "Disk of the nodes in use, %", region = local.region, period = 60, view = "timeSeries"
          metrics     = [["ContainerInsights", "node_filesystem_utilization", "ClusterName", var.cluster_name, { label = "worst node", stat = "Maximum" }]]
          annotations = { horizontal = [{ label = "alert", value = 100 - var.thresholds.disk_free_percent }] }
        }
      }),
    ]
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  for_each = { overview = jsonencode(local.overview), stores = jsonencode(local.stores) }

  dashboard_name = "${var.name}-${each.key}"
  dashboard_body = each.value
}
