locals {
  charts = concat(
    [
      {
        title = "Error rate by service"
        query = "sum by (service) (rate(http_requests_total{cluster=\"${var.cluster_name}\",status=~\"5..\"}[5m])) / sum by (service) (rate(http_requests_total{cluster=\"${var.cluster_name}\"}[5m]))"
        above = var.thresholds.error_rate_percent / 100
      },
      {
        title = "95th percentile by service, in seconds"
        query = "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket{cluster=\"${var.cluster_name}\"}[5m])))"
        above = var.thresholds.p95_milliseconds / 1000
      },
    ],
    [for key in sort(keys(merge(local.payment_queries, local.database_queries, local.cache_queries, local.node_queries))) : {
      title = local.alerts[key].title
      query = local.alerts[key].query
      above = local.alerts[key].above
    }],
  )
}

resource "google_monitoring_dashboard" "this" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = var.name
    labels      = { for key, value in var.labels : key => value }
    mosaicLayout = {
      columns = 12
      tiles = [for index, chart in local.charts : {
        xPos   = index % 2 * 6
        yPos   = floor(index / 2) * 4
        width  = 6
        height = 4
        widget = {
          title = chart.title
          xyChart = {
            dataSets   = [{ plotType = "LINE", timeSeriesQuery = { prometheusQuery = chart.query } }]
            thresholds = [{ value = chart.above }]
          }
        }
      }]
    }
  })
}
