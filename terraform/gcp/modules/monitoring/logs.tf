# Log retention by content: the services' logs for as long as incidents are investigated, audit
# logs for as long as auditors require.

resource "google_logging_project_bucket_config" "services" {
  project          = var.project_id
  location         = var.region
  bucket_id        = "${var.name}-services"
  description      = "What the services log."
  retention_days   = var.service_log_days
  enable_analytics = true

  cmek_settings {
    kms_key_name = var.log_key_id
  }

  index_configs {
    field_path = "jsonPayload.request_id"
    type       = "INDEX_TYPE_STRING"
  }
}

resource "google_logging_project_bucket_config" "audit" {
  project          = var.project_id
  location         = var.region
  bucket_id        = "${var.name}-audit"
  description      = "Who did what."
  retention_days   = var.audit_log_days
  locked           = var.lock_audit_logs
  enable_analytics = true

  cmek_settings {
    kms_key_name = var.log_key_id
  }
}

locals {
  service_logs = "resource.type=\"k8s_container\" AND resource.labels.cluster_name=\"${var.cluster_name}\""
}

resource "google_logging_project_sink" "services" {
  name                   = "${var.name}-services"
  project                = var.project_id
  description            = "What the services log."
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.services.id}"
  filter                 = local.service_logs
  unique_writer_identity = true

  exclusions {
    name        = "probes"
    description = "Probes come each second and say nothing."
    filter      = "jsonPayload.route=~\"^/(livez|readyz|metrics)$\" AND severity<WARNING"
  }
}

resource "google_logging_project_sink" "audit" {
  name                   = "${var.name}-audit"
  project                = var.project_id
  description            = "Who did what."
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}"
  filter                 = "logName:\"cloudaudit.googleapis.com\""
  unique_writer_identity = true
}

# Not stored, and paid for, a second time in the project's default bucket.
resource "google_logging_project_exclusion" "services" {
  name        = "${var.name}-services"
  project     = var.project_id
  description = "Kept in the bucket ${google_logging_project_bucket_config.services.bucket_id}."
  filter      = local.service_logs
}
