locals {
  # Days after which objects move to a cheaper class, or are removed.
  ages = {
    assets  = { moves = {}, expires = null }
    backups = { moves = {}, expires = var.backup_retention_days }
    logs    = { moves = { GLACIER_IR = 90 }, expires = var.log_retention_days }
    reports = { moves = { GLACIER_IR = 90 }, expires = null }
    uploads = { moves = { INTELLIGENT_TIERING = 30 }, expires = null }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  region = each.value.region
  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "age"
    status = "Enabled"

    filter {}

    dynamic "transition" {
      for_each = local.ages[each.value.purpose].moves

      content {
        storage_class = transition.key
        days          = transition.value
      }
    }

    expiration {
      days                         = local.ages[each.value.purpose].expires
      expired_object_delete_marker = local.ages[each.value.purpose].expires == null ? true : null
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
