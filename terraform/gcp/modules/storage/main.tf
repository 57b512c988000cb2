locals {
  grants = merge([
    for name, bucket in var.buckets : merge(
      { for key, member in bucket.readers : "${name}/read/${key}" => { bucket = name, role = "roles/storage.objectViewer", member = member } },
      { for key, member in bucket.writers : "${name}/write/${key}" => { bucket = name, role = "roles/storage.objectUser", member = member } },
    )
  ]...)
}

resource "google_storage_bucket" "this" {
  #checkov:skip=CKV_GCP_62:every access is in the audit log (security module), with who and from where; usage logs say less
  for_each = var.buckets

  # Names are global, and so is a project's id.
  name            = "${var.project_id}-${each.key}"
  project         = var.project_id
  labels          = merge(var.labels, { data_class = each.value.data_class })
  storage_class   = "STANDARD"
  force_destroy   = !var.deletion_protection
  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Each object in both regions: there is no copy to fail over to, and none to fall behind.
  location = upper(var.multi_region)
  rpo      = var.fast_replication ? "ASYNC_TURBO" : "DEFAULT"

  custom_placement_config {
    data_locations = [upper(var.region), upper(var.recovery_region)]
  }

  encryption {
    default_kms_key_name = var.key_id
  }

  versioning {
    enabled = each.value.retention_days == null
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  dynamic "retention_policy" {
    for_each = each.value.retention_days == null ? [] : [each.value.retention_days]

    content {
      retention_period = tostring(retention_policy.value * 86400)
      is_locked        = each.value.retention_locked
    }
  }

  dynamic "cors" {
    for_each = length(each.value.cors_origins) == 0 ? [] : [each.value.cors_origins]

    content {
      origin          = cors.value
      method          = ["GET", "HEAD"]
      response_header = ["Content-Type", "ETag"]
      max_age_seconds = 3600
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age        = 7
      with_state = "ANY"
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.retention_days == null ? [each.value.version_days] : []

    content {
      action {
        type = "Delete"
      }

      condition {
        days_since_noncurrent_time = lifecycle_rule.value
        with_state                 = "ARCHIVED"
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.archive_after_days == null ? [] : [each.value.archive_after_days]

    content {
      action {
        type          = "SetStorageClass"
        storage_class = "COLDLINE"
      }

      condition {
        age                   = lifecycle_rule.value
        matches_storage_class = ["STANDARD"]
        with_state            = "LIVE"
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.delete_after_days == null ? [] : [each.value.delete_after_days]

    content {
      action {
        type = "Delete"
      }

      condition {
        age        = lifecycle_rule.value
        with_state = "LIVE"
      }
    }
  }
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = local.grants

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = each.value.role
  member = each.value.member
}
