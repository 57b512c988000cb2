# The alerts' queries, in PromQL. The services' own are in Managed Prometheus; Google's
# have names such as cloudsql_googleapis_com:database_disk_utilization.
# https://cloud.google.com/monitoring/promql/promql-mapping

locals {
  severity = { critical = "CRITICAL", standard = "WARNING", batch = "WARNING" }
  used     = (100 - var.thresholds.disk_free_percent) / 100
  busy     = var.thresholds.utilisation_percent / 100

  # For each service: a query, and the threshold of its alert.
  service_queries = {
    for name, service in var.services : name => {
      error_rate = {
        title = "Error rate of ${name}"
        query = "sum(rate(http_requests_total{cluster=\"${var.cluster_name}\",service=\"${name}\",status=~\"5..\"}[5m])) / sum(rate(http_requests_total{cluster=\"${var.cluster_name}\",service=\"${name}\"}[5m]))"
        above = var.thresholds.error_rate_percent / 100
        doc   = "More than ${var.thresholds.error_rate_percent} % of ${name}'s answers are errors. A release under way? Its gate takes it back. Otherwise look at the service's logs by request_id, and at what it calls."
      }
      latency = {
        title = "95th percentile of ${name}"
        query = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{cluster=\"${var.cluster_name}\",service=\"${name}\"}[5m])))"
        above = var.thresholds.p95_milliseconds / 1000
        doc   = "One in twenty of ${name}'s answers takes more than ${var.thresholds.p95_milliseconds} ms. Look at Query Insights, the cache's hit rate, and the pods' CPU."
      }
    }
  }

  payment_queries = {
    for name, service in var.services : "${name}/payment_failures" => {
      title = "Failed payments"
      query = "sum(increase(http_requests_total{cluster=\"${var.cluster_name}\",service=\"${name}\",method=\"POST\",status=~\"5..\"}[5m]))"
      above = var.thresholds.payment_failures
      doc   = "Payments fail. Look at Stripe's status page first, then at ${name}'s logs. Retries are safe: each payment carries an idempotency key."
    } if name == var.payments_service
  }

  database_queries = merge([
    for name, database in var.databases : {
      "${name}/disk" = {
        title = "Disk of ${name}"
        query = "max(cloudsql_googleapis_com:database_disk_utilization{database_id=\"${var.project_id}:${name}\"})"
        above = local.used
        doc   = "Less than ${var.thresholds.disk_free_percent} % of ${name}'s disk is free. It grows by itself up to its limit: raise disk_limit_gb, or find what fills it."
      }
      "${name}/cpu" = {
        title = "CPU of ${name}"
        query = "max(cloudsql_googleapis_com:database_cpu_utilization{database_id=\"${var.project_id}:${name}\"})"
        above = local.busy
        doc   = "${name} is busy for more than ${var.thresholds.utilisation_percent} %. Query Insights names the statements."
      }
      "${name}/memory" = {
        title = "Memory of ${name}"
        query = "max(cloudsql_googleapis_com:database_memory_utilization{database_id=\"${var.project_id}:${name}\"})"
        above = local.busy
        doc   = "${name} has more than ${var.thresholds.utilisation_percent} % of its memory in use, without what is only cached."
      }
      "${name}/connections" = {
        title = "Connections to ${name}"
        query = "sum(cloudsql_googleapis_com:database_postgresql_num_backends{database_id=\"${var.project_id}:${name}\"}) / ${database.max_connections}"
        above = var.thresholds.pool_used_percent / 100
        doc   = "More than ${var.thresholds.pool_used_percent} % of ${name}'s ${database.max_connections} connections are in use; soon new ones are refused. Look for idle ones in pg_stat_activity."
      }
    }
  ]...)

  cache_queries = merge([
    for name, id in var.caches : {
      "${name}/memory" = {
        title = "Memory of the cache ${name}"
        query = "max(redis_googleapis_com:stats_memory_usage_ratio{instance_id=\"${id}\"})"
        above = local.busy
        doc   = "The cache ${name} is full for more than ${var.thresholds.utilisation_percent} %; what is oldest goes. Raise memory_gb, or look at cache_ttl_seconds in catalog.yaml."
      }
      "${name}/cpu" = {
        title = "CPU of the cache ${name}"
        query = "max(sum by (node_id) (rate(redis_googleapis_com:stats_cpu_utilization{instance_id=\"${id}\"}[5m])))"
        above = local.busy
        doc   = "The cache ${name} is busy for more than ${var.thresholds.utilisation_percent} %. Redis has one thread: look at SLOWLOG."
      }
    }
  ]...)

  node_queries = {
    "nodes/disk" = {
      title = "Disks of nodes"
      query = "max by (node_name) (kubernetes_io:node_ephemeral_storage_used_bytes{monitored_resource=\"k8s_node\",cluster_name=\"${var.cluster_name}\"} / kubernetes_io:node_ephemeral_storage_total_bytes{monitored_resource=\"k8s_node\",cluster_name=\"${var.cluster_name}\"})"
      above = local.used
      doc   = "Less than ${var.thresholds.disk_free_percent} % of a node's disk is free; Kubernetes will evict pods. Drain it, and look for pods that write much."
    }
    "nodes/cpu" = {
      title = "CPU of nodes"
      query = "max by (node_name) (kubernetes_io:node_cpu_allocatable_utilization{monitored_resource=\"k8s_node\",cluster_name=\"${var.cluster_name}\"})"
      above = local.busy
      doc   = "A node is busy for more than ${var.thresholds.utilisation_percent} %. The pool's max_nodes may be reached."
    }
    "nodes/memory" = {
      title = "Memory of nodes"
      query = "max by (node_name) (kubernetes_io:node_memory_allocatable_utilization{monitored_resource=\"k8s_node\",cluster_name=\"${var.cluster_name}\",memory_type=\"non-evictable\"})"
      above = local.busy
      doc   = "A node has more than ${var.thresholds.utilisation_percent} % of its memory in use. The pool's max_nodes may be reached."
    }
  }

  secret_queries = {
    "secrets/rotation" = {
      title = "Secrets that are due"
      query = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{subscription_id=\"${var.rotation_subscription}\"})"
      above = 0
      doc   = "A secret is due to be replaced. `gcloud pubsub subscriptions pull ${var.rotation_subscription}` says which; add a version, release the service, then acknowledge the message."
    }
  }
}
