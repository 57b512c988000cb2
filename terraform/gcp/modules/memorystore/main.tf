resource "google_redis_instance" "this" {
  name                = var.name
  project             = var.project_id
  region              = var.region
  display_name        = "${var.name} cache"
  labels              = var.labels
  redis_version       = var.redis_version
  memory_size_gb      = var.memory_gb
  deletion_protection = var.deletion_protection

  tier               = var.high_availability ? "STANDARD_HA" : "BASIC"
  replica_count      = var.high_availability ? var.replica_count : 0
  read_replicas_mode = var.high_availability ? "READ_REPLICAS_ENABLED" : "READ_REPLICAS_DISABLED"

  authorized_network = var.network_id
  connect_mode       = "PRIVATE_SERVICE_ACCESS"
  reserved_ip_range  = var.private_services_range

  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  customer_managed_key    = var.key_id

  redis_configs = {
    maxmemory-policy = var.eviction_policy
  }

  persistence_config {
    persistence_mode    = "RDB"
    rdb_snapshot_period = var.snapshot_period
  }

  maintenance_policy {
    weekly_maintenance_window {
      day = var.maintenance.day

      start_time {
        hours   = var.maintenance.hour
        minutes = 0
        seconds = 0
        nanos   = 0
      }
    }
  }
}
