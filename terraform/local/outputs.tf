output "vpc_id" {
  description = "The VPC."
  value       = module.network.vpc_id
}

output "private_subnet_ids" {
  description = "Where services run, one subnet per zone."
  value       = module.network.private_subnet_ids
}

output "bucket_names" {
  description = "The buckets by purpose."
  value       = module.storage.bucket_names
}

output "database_endpoint" {
  description = "Where PostgreSQL listens, as host:port."
  value       = module.database.endpoint
}

output "database_secret_arn" {
  description = "The secret with the database's credentials."
  value       = module.database.secret_arn
}

output "database_url" {
  description = "How a client connects, with its password."
  value       = module.database.url
  sensitive   = true
}

output "alerts_topic_arn" {
  description = "Where alarms are sent."
  value       = module.alerts.topic_arn
}
