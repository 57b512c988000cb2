output "instance_name" {
  description = "The instance's name."
  value       = google_sql_database_instance.this.name
}

output "connection_name" {
  description = "The connection name for Cloud SQL connectors and the Auth Proxy: project:region:instance."
  value       = google_sql_database_instance.this.connection_name
}

output "private_address" {
  description = "The database's address inside the network."
  value       = google_sql_database_instance.this.private_ip_address
}

output "replica_connection_name" {
  description = "The same of the replica; null without one."
  value       = one(google_sql_database_instance.replica[*].connection_name)
}

output "max_connections" {
  description = "How many connections it takes, for the alert on its pool."
  value       = var.max_connections
}

output "encryption_key_ids" {
  description = "Which key encrypts what: database, and replica where there is one."
  value = merge(
    { database = google_sql_database_instance.this.encryption_key_name },
    { for replica in google_sql_database_instance.replica : "replica" => replica.encryption_key_name },
  )
}
