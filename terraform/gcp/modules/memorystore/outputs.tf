output "instance_name" {
  description = "The cache's name."
  value       = google_redis_instance.this.name
}

output "instance_id" {
  description = "The cache's id, as metrics label it."
  value       = google_redis_instance.this.id
}

output "host" {
  description = "The primary's address inside the network."
  value       = google_redis_instance.this.host
}

output "port" {
  description = "Its port: TLS alone."
  value       = google_redis_instance.this.port
}

output "secret_id" {
  description = "The secret with the cache's url and the certificate of its CA, as JSON."
  value       = google_secret_manager_secret.connection.secret_id
}

output "encryption_key_ids" {
  description = "Which key encrypts what: cache, and its secret by location."
  value = merge(
    { cache = google_redis_instance.this.customer_managed_key },
    { for replica in google_secret_manager_secret.connection.replication[0].user_managed[0].replicas : "secret_${replica.location}" => replica.customer_managed_encryption[0].kms_key_name },
  )
}
