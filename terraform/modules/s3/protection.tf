resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  region = each.value.region
  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  region                  = each.value.region
  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  region = each.value.region
  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  region = each.value.region
  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = each.value.key != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.value.key == null ? "AES256" : "aws:kms"
      kms_master_key_id = each.value.key
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  for_each = { for name, bucket in local.buckets : name => bucket if bucket.locked }

  region = each.value.region
  bucket = aws_s3_bucket.this[each.key].id

  rule {
    default_retention {
      mode = var.backup_lock_mode
      days = var.backup_lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]

  lifecycle {
    precondition {
      condition     = var.backup_lock_days <= var.backup_retention_days
      error_message = "backup_lock_days: ${var.backup_lock_days} is longer than backup_retention_days ${var.backup_retention_days}. Backups would outlive their retention: lock them for less."
    }
  }
}

# Access logs of the recovery region would have to stay there; CloudTrail records those accesses.
resource "aws_s3_bucket_logging" "this" {
  for_each = { for name, bucket in local.originals : name => bucket if name != "logs" }

  region        = each.value.region
  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "s3/${each.key}/"
}

resource "aws_s3_bucket_cors_configuration" "uploads" {
  count = length(var.upload_origins) > 0 ? 1 : 0

  bucket = aws_s3_bucket.this["uploads"].id

  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = var.upload_origins
    allowed_headers = ["content-type", "x-amz-*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
}
