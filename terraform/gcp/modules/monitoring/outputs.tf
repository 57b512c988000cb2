output "alerts_topic_id" {
  description = "The topic from which pagers take alerts."
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
