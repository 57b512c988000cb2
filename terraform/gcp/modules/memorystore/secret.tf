# Google generates the password; it reaches the secret that pods read without passing a person.

resource "google_secret_manager_secret" "connection" {
  secret_id           = "${var.name}-cache"
  project             = var.project_id
  labels              = var.labels
  deletion_protection = var.deletion_protection

  replication {
    user_managed {
      dynamic "replicas" {
        for_each = var.secret_keys

        content {
          location = replicas.key

          customer_managed_encryption {
            kms_key_name = replicas.value
          }
        }
      }
    }
  }
}

resource "google_secret_manager_secret_version" "connection" {
  secret = google_secret_manager_secret.connection.id
  secret_data = jsonencode({
    url         = "rediss://:${google_redis_instance.this.auth_string}@${google_redis_instance.this.host}:${google_redis_instance.this.port}/0"
    certificate = join("\n", google_redis_instance.this.server_ca_certs[*].cert)
  })
  # The previous version stays readable until all pods have the new one.
  deletion_policy = "DISABLE"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "connection" {
  project   = var.project_id
  secret_id = google_secret_manager_secret.connection.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${var.reader_account}"
}
