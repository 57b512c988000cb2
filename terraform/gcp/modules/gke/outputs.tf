output "cluster_id" {
  description = "The cluster's id."
  value       = google_container_cluster.this.id
}

output "cluster_name" {
  description = "The cluster's name, for `gcloud container clusters get-credentials --internal-ip`."
  value       = google_container_cluster.this.name
}

output "endpoint" {
  description = "The control plane's private address."
  value       = google_container_cluster.this.endpoint
}

output "cluster_ca_certificate" {
  description = "The CA certificate of the control plane, as base64."
  value       = one(google_container_cluster.this.master_auth[*].cluster_ca_certificate)
}

output "node_account" {
  description = "The service account of nodes."
  value       = google_service_account.nodes.email
}

output "image_repository" {
  description = "Where images are pushed: host, project, repository."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}

output "attestor" {
  description = "By whom an image must be attested."
  value       = google_binary_authorization_attestor.release.name
}

output "encryption_key_ids" {
  description = "Which key encrypts what: secrets (in etcd), disks, images."
  value = {
    secrets = google_container_cluster.this.database_encryption[0].key_name
    disks   = one(distinct([for pool in google_container_node_pool.this : pool.node_config[0].boot_disk_kms_key]))
    images  = google_artifact_registry_repository.images.kms_key_name
  }
}
