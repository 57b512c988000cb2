# A replica in the other region. If the region is lost, promote it (`gcloud sql instances promote-replica`).

resource "google_sql_database_instance" "replica" {
  #checkov:skip=CKV_GCP_14:a replica has no backups of its own; its primary's are in a multi-region
  #checkov:skip=CKV_GCP_51:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_52:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_53:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_54:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_108:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_109:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_110:its flags are read from its primary, where this is checked
  #checkov:skip=CKV_GCP_111:its flags are read from its primary, where this is checked
  #checkov:skip=CKV2_GCP_13:as on its primary, Query Insights has durations
  count = var.recovery_replica ? 1 : 0

  name                 = "${var.name}-recovery"
  project              = var.project_id
  region               = var.recovery_region
  database_version     = var.database_version
  master_instance_name = google_sql_database_instance.this.name
  encryption_key_name  = var.recovery_key_id
  deletion_protection  = var.deletion_protection

  settings {
    tier                        = var.tier
    edition                     = local.edition
    availability_type           = "ZONAL"
    deletion_protection_enabled = var.deletion_protection
    user_labels                 = var.labels

    disk_type             = "PD_SSD"
    disk_size             = var.disk_gb
    disk_autoresize       = true
    disk_autoresize_limit = var.disk_limit_gb

    ip_configuration {
      ipv4_enabled       = false
      private_network    = var.network_id
      allocated_ip_range = var.private_services_range
      ssl_mode           = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
      server_ca_mode     = "GOOGLE_MANAGED_CAS_CA"
    }

    insights_config {
      query_insights_enabled  = true
      query_plans_per_minute  = 5
      query_string_length     = 1024
      record_application_tags = true
      record_client_address   = false
    }

    dynamic "database_flags" {
      for_each = google_sql_database_instance.this.settings[0].database_flags

      content {
        name  = database_flags.value.name
        value = database_flags.value.value
      }
    }
  }

  lifecycle {
    ignore_changes = [settings[0].disk_size]
  }
}
