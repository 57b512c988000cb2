output "urls" {
  description = "Where each function is called, from inside the network."
  value       = { for name, function in google_cloudfunctions2_function.this : name => function.url }
}

output "service_accounts" {
  description = "The service account of each function."
  value       = { for name, account in google_service_account.functions : name => account.email }
}

output "encryption_key_ids" {
  description = "Which key encrypts what: the images, and each function's source."
  value = merge(
    { images = google_artifact_registry_repository.this.kms_key_name },
    { for name, function in google_cloudfunctions2_function.this : name => function.kms_key_name },
  )
}
