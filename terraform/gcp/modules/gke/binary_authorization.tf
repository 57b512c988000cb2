# An image runs only when the release pipeline has signed its digest.

data "google_kms_crypto_key_version" "release" {
  crypto_key = var.release_key_id
}

resource "google_container_analysis_note" "release" {
  name              = "${var.name}-release"
  project           = var.project_id
  short_description = "Released by the pipeline"

  attestation_authority {
    hint {
      human_readable_name = "Tested, scanned and approved by the release pipeline."
    }
  }
}

resource "google_binary_authorization_attestor" "release" {
  name        = "${var.name}-release"
  project     = var.project_id
  description = "The release pipeline."

  attestation_authority_note {
    note_reference = google_container_analysis_note.release.name

    public_keys {
      id = data.google_kms_crypto_key_version.release.id

      pkix_public_key {
        public_key_pem      = one(data.google_kms_crypto_key_version.release.public_key[*].pem)
        signature_algorithm = "ECDSA_P256_SHA256"
      }
    }
  }
}

resource "google_binary_authorization_policy" "this" {
  project                       = var.project_id
  description                   = "${var.name}: released images, and those that Google signs for its clusters."
  global_policy_evaluation_mode = "ENABLE"

  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = var.enforce_attestation ? "ENFORCED_BLOCK_AND_AUDIT_LOG" : "DRYRUN_AUDIT_LOG_ONLY"
    require_attestations_by = [google_binary_authorization_attestor.release.name]
  }

  dynamic "admission_whitelist_patterns" {
    for_each = var.unattested_images

    content {
      name_pattern = admission_whitelist_patterns.value
    }
  }
}
