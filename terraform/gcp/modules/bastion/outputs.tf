output "instance_name" {
  description = "The machine's name."
  value       = google_compute_instance.this.name
}

output "service_account" {
  description = "Its service account."
  value       = google_service_account.this.email
}

output "command" {
  description = "How to get there; add -- -L 5432:ADDRESS:5432 to reach a database."
  value       = "gcloud compute ssh ${google_compute_instance.this.name} --project ${var.project_id} --zone ${var.zone} --tunnel-through-iap"
}

output "encryption_key_ids" {
  description = "Which key encrypts what: disk."
  value       = { disk = google_compute_instance.this.boot_disk[0].kms_key_self_link }
}
