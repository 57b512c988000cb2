output "alerts_topic_id" {
  description = "The topic from which pagers receive alerts."
  value       = google_pubsub_topic.alerts.id
}

output "log_bucket_ids" {
  description = "The log buckets: services, audit."
  value = {
    services = google_logging_project_bucket_config.services.id
    audit    = google_logging_project_bucket_config.audit.id
  }
}

output "alert_names" {
  description = "The alerts' names, by what they watch."
  value       = { for key, policy in google_monitoring_alert_policy.this : key => policy.display_name }
}

output "encryption_key_ids" {
  description = "Which key encrypts what: alerts, service_logs, audit_logs."
  value = {
    alerts       = google_pubsub_topic.alerts.kms_key_name
    service_logs = google_logging_project_bucket_config.services.cmek_settings[0].kms_key_name
    audit_logs   = google_logging_project_bucket_config.audit.cmek_settings[0].kms_key_name
  }
}
