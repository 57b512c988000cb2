locals {
  gib = 1073741824

  database_alarms = merge([
    for name, database in var.databases : {
      "database-${name}-disk" = {
        alert      = "disk"
        says       = "Less than ${var.thresholds.disk_free_percent} % of the storage of database ${name} is free."
        namespace  = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
        operator   = "LessThanThreshold", missing = "breaching"
        threshold  = database.allocated_storage_gib * local.gib * var.thresholds.disk_free_percent / 100
        dimensions = { DBInstanceIdentifier = database.instance_id }
      }
      "database-${name}-cpu" = {
        alert      = "CPU or memory"
        says       = "More than ${var.thresholds.utilisation_percent} % of the CPU of database ${name} is in use."
        namespace  = "AWS/RDS", metric = "CPUUtilization", statistic = "Average"
        threshold  = var.thresholds.utilisation_percent
        dimensions = { DBInstanceIdentifier = database.instance_id }
      }
      "database-${name}-memory" = {
        alert      = "CPU or memory"
        says       = "More than ${var.thresholds.utilisation_percent} % of the memory of database ${name} is in use."
        namespace  = "AWS/RDS", metric = "FreeableMemory", statistic = "Average"
        operator   = "LessThanThreshold"
        threshold  = database.memory_gib * local.gib * (100 - var.thresholds.utilisation_percent) / 100
        dimensions = { DBInstanceIdentifier = database.instance_id }
      }
      "database-${name}-connections" = {
        alert      = "connection pool exhausted"
        says       = "More than ${var.thresholds.pool_used_percent} % of the connections of database ${name} are in use."
        namespace  = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
        threshold  = database.max_connections * var.thresholds.pool_used_percent / 100
        dimensions = { DBInstanceIdentifier = database.instance_id }
      }
    }
  ]...)

  cache_alarms = merge(flatten([
    for name, cache in var.caches : [
      for node in cache.node_ids : {
        "cache-${name}-${node}-cpu" = {
          alert      = "CPU or memory"
          says       = "More than ${var.thresholds.utilisation_percent} % of the engine's CPU of cache node ${node} is in use."
          namespace  = "AWS/ElastiCache", metric = "EngineCPUUtilization", statistic = "Average"
          threshold  = var.thresholds.utilisation_percent
          dimensions = { CacheClusterId = node }
        }
        "cache-${name}-${node}-memory" = {
          alert      = "CPU or memory"
          says       = "More than ${var.thresholds.utilisation_percent} % of the memory of cache node ${node} is in use."
          namespace  = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", statistic = "Average"
          threshold  = var.thresholds.utilisation_percent
          dimensions = { CacheClusterId = node }
        }
      }
    ]
  ])...)

  # Of Container Insights, over all nodes; the worst counts.
  node_alarms = {
    for name, one in {
      nodes-cpu    = { alert = "CPU or memory", metric = "node_cpu_utilization", threshold = var.thresholds.utilisation_percent, what = "CPU" }
      nodes-memory = { alert = "CPU or memory", metric = "node_memory_utilization", threshold = var.thresholds.utilisation_percent, what = "memory" }
      nodes-disk   = { alert = "disk", metric = "node_filesystem_utilization", threshold = 100 - var.thresholds.disk_free_percent, what = "disk" }
      } : name => {
      alert      = one.alert
      says       = "More than ${one.threshold} % of a node's ${one.what} is in use."
      namespace  = "ContainerInsights", metric = one.metric, statistic = "Maximum"
      threshold  = one.threshold
      dimensions = { ClusterName = var.cluster_name }
    }
  }
}
