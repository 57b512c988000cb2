# Where the services' secrets are kept. Their values come from people and other modules, never
# from a variable. When one is due for rotation, a message stays in the subscription until it is replaced.

locals {
  secret_replicas = {
    (var.region)          = google_kms_crypto_key.this["secrets"].id
    (var.recovery_region) = google_kms_crypto_key.this["secrets_recovery"].id
  }
}

resource "google_pubsub_topic" "rotation" {
  name         = "${var.name}-secret-rotation"
  project      = var.project_id
  labels       = var.labels
  kms_key_name = google_kms_crypto_key.this["topics"].id

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }

  depends_on = [google_kms_crypto_key_iam_member.users]
}

resource "google_pubsub_topic_iam_member" "rotation" {
  project = var.project_id
  topic   = google_pubsub_topic.rotation.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${local.agents.secrets}"
}

resource "google_pubsub_subscription" "rotation" {
  name    = "${var.name}-secret-rotation"
  project = var.project_id
  labels  = var.labels
  topic   = google_pubsub_topic.rotation.id

  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"
  # It never expires, however long nothing is due.
  expiration_policy {
    ttl = ""
  }
}

resource "google_secret_manager_secret" "services" {
  for_each = var.services

  secret_id           = "${var.name}-${each.key}"
  project             = var.project_id
  labels              = merge(var.labels, { service = each.key })
  deletion_protection = true
  # A replaced value can be restored for a week.
  version_destroy_ttl = "604800s"

  replication {
    user_managed {
      dynamic "replicas" {
        for_each = local.secret_replicas

        content {
          location = replicas.key

          customer_managed_encryption {
            kms_key_name = replicas.value
          }
        }
      }
    }
  }

  rotation {
    rotation_period    = "${var.secret_rotation_days * 86400}s"
    next_rotation_time = timeadd(plantimestamp(), "${var.secret_rotation_days * 24}h")
  }

  topics {
    name = google_pubsub_topic.rotation.id
  }

  lifecycle {
    # Secret Manager advances it automatically.
    ignore_changes = [rotation[0].next_rotation_time]
  }

  depends_on = [google_kms_crypto_key_iam_member.users, google_pubsub_topic_iam_member.rotation]
}

resource "google_secret_manager_secret_iam_member" "external_secrets" {
  for_each = var.services

  project   = var.project_id
  secret_id = google_secret_manager_secret.services[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.external_secrets.member
}
