# One key for each kind of data, each usable only by the service agent that encrypts that data.
# Keys must be in their data's location, so there is a ring in each.

locals {
  agents = merge(
    { logs = var.log_writer },
    {
      for name, account in {
        artifacts = "gcp-sa-artifactregistry"
        cache     = "cloud-redis"
        cluster   = "container-engine-robot"
        compute   = "compute-system"
        database  = "gcp-sa-cloud-sql"
        eventarc  = "gcp-sa-eventarc"
        functions = "gcf-admin-robot"
        pubsub    = "gcp-sa-pubsub"
        run       = "serverless-robot-prod"
        secrets   = "gcp-sa-secretmanager"
        storage   = "gs-project-accounts"
      } : name => "service-${var.project_number}@${account}.iam.gserviceaccount.com"
    },
  )

  rings = {
    primary      = var.region
    recovery     = var.recovery_region
    multi_region = var.multi_region
  }

  keys = {
    cache             = { ring = "primary", users = ["cache"] }
    cluster           = { ring = "primary", users = ["cluster"] }
    database          = { ring = "primary", users = ["database"] }
    database_recovery = { ring = "recovery", users = ["database"] }
    disks             = { ring = "primary", users = ["compute"] }
    functions         = { ring = "primary", users = ["functions", "run", "artifacts", "storage", "eventarc"] }
    images            = { ring = "primary", users = ["artifacts"] }
    logs              = { ring = "primary", users = ["logs"] }
    secrets           = { ring = "primary", users = ["secrets"] }
    secrets_recovery  = { ring = "recovery", users = ["secrets"] }
    storage           = { ring = "multi_region", users = ["storage"] }
    topics            = { ring = "primary", users = ["pubsub"] }
  }

  key_users = merge([
    for key, given in local.keys : { for user in given.users : "${key}/${user}" => { key = key, user = user } }
  ]...)
}

resource "google_kms_key_ring" "this" {
  for_each = local.rings

  name     = "${var.name}-${replace(each.key, "_", "-")}"
  project  = var.project_id
  location = each.value
}

resource "google_kms_crypto_key" "this" {
  #checkov:skip=CKV_GCP_82:deletion_policy PREVENT makes the provider refuse it, and can be set back by a change that is reviewed
  for_each = local.keys

  name     = replace(each.key, "_", "-")
  key_ring = google_kms_key_ring.this[each.value.ring].id
  labels   = var.labels
  purpose  = "ENCRYPT_DECRYPT"

  rotation_period            = "7776000s"
  destroy_scheduled_duration = "2592000s"
  deletion_policy            = "PREVENT"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.key_protection
  }
}

resource "google_kms_crypto_key_iam_member" "users" {
  for_each = local.key_users

  crypto_key_id = google_kms_crypto_key.this[each.value.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${local.agents[each.value.user]}"
}

# Signs the digests of released images; the cluster runs no others.
resource "google_kms_crypto_key" "release" {
  #checkov:skip=CKV_GCP_43:Cloud KMS rotates no signing keys; a new version is a change of the attestor as well
  #checkov:skip=CKV_GCP_82:deletion_policy PREVENT makes the provider refuse it, and can be set back by a change that is reviewed
  name     = "release"
  key_ring = google_kms_key_ring.this["primary"].id
  labels   = var.labels
  purpose  = "ASYMMETRIC_SIGN"

  destroy_scheduled_duration = "2592000s"
  deletion_policy            = "PREVENT"

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = var.key_protection
  }
}

resource "google_kms_crypto_key_iam_member" "release" {
  crypto_key_id = google_kms_crypto_key.release.id
  role          = "roles/cloudkms.signerVerifier"
  member        = google_service_account.deployer.member
}
