output "key_ids" {
  description = "The key ids by what they encrypt: cache, cluster, database, database_recovery, disks, functions, images, logs, secrets, secrets_recovery, storage, topics."
  value       = { for key, made in google_kms_crypto_key.this : key => made.id }

  # A consumer of a key needs it to be usable.
  depends_on = [google_kms_crypto_key_iam_member.users]
}

output "release_key_id" {
  description = "The key that signs released images."
  value       = google_kms_crypto_key.release.id
}

output "service_accounts" {
  description = "The service account of each service's pods: e-mail addresses by service."
  value       = { for name, account in google_service_account.services : name => account.email }
}

output "deployer_account" {
  description = "The service account of the release pipeline."
  value       = google_service_account.deployer.email
}

output "external_secrets_account" {
  description = "The service account of the External Secrets operator."
  value       = google_service_account.external_secrets.email
}

output "secret_ids" {
  description = "The services' secrets by service, as charts name them in secrets.external.key."
  value       = { for name, secret in google_secret_manager_secret.services : name => secret.secret_id }
}

output "rotation_topic_id" {
  description = "Where Secret Manager announces secrets that are due for rotation."
  value       = google_pubsub_topic.rotation.id
}

output "rotation_subscription" {
  description = "The subscription with those announcements, for a person."
  value       = google_pubsub_subscription.rotation.name
}

output "security_policy_id" {
  description = "The Cloud Armor policy of the services."
  value       = google_compute_security_policy.this.id
}

output "edge_policy_id" {
  description = "The Cloud Armor policy of the static files."
  value       = google_compute_security_policy.edge.id
}
