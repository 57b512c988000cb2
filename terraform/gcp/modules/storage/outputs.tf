output "bucket_names" {
  description = "The buckets' global names, by the names given."
  value       = { for key, bucket in google_storage_bucket.this : key => bucket.name }
}

output "bucket_urls" {
  description = "The same as gs:// addresses."
  value       = { for key, bucket in google_storage_bucket.this : key => bucket.url }
}

output "encryption_key_ids" {
  description = "Which key encrypts each bucket."
  value       = { for key, bucket in google_storage_bucket.this : key => bucket.encryption[0].default_kms_key_name }
}
