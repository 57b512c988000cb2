# The audit trail, which nobody can change before its time, and Config's history.
locals {
  baseline  = var.account_baseline ? 1 : 0
  trail_arn = "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${var.name}"

  # Config does not deliver to a bucket whose objects are locked by default.
  # https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html
  audit_buckets = !var.account_baseline ? {} : {
    audit  = { locked = true }
    config = { locked = false }
  }

  audit_names = { for purpose in ["audit", "config"] : purpose => "${var.name}-${purpose}-${local.account}" }
  audit_arns  = { for purpose, name in local.audit_names : purpose => "arn:${local.partition}:s3:::${name}" }

  refuse_plain_http = {
    for purpose, arn in local.audit_arns : purpose => {
      Sid       = "RefusePlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [arn, "${arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }

  # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
  # https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
  audit_policies = {
    audit = {
      Version = "2012-10-17"
      Statement = [
        local.refuse_plain_http.audit,
        {
          Sid       = "LetTheTrailLook"
          Effect    = "Allow"
          Principal = { Service = "cloudtrail.amazonaws.com" }
          Action    = "s3:GetBucketAcl"
          Resource  = local.audit_arns.audit
          Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
        },
        {
          Sid       = "LetTheTrailWrite"
          Effect    = "Allow"
          Principal = { Service = "cloudtrail.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "${local.audit_arns.audit}/AWSLogs/${local.account}/*"
          Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn, "s3:x-amz-acl" = "bucket-owner-full-control" } }
        },
      ]
    }

    config = {
      Version = "2012-10-17"
      Statement = [
        local.refuse_plain_http.config,
        {
          Sid       = "LetConfigLook"
          Effect    = "Allow"
          Principal = { Service = "config.amazonaws.com" }
          Action    = ["s3:GetBucketAcl", "s3:ListBucket"]
          Resource  = local.audit_arns.config
          Condition = local.own_account
        },
        {
          Sid       = "LetConfigWrite"
          Effect    = "Allow"
          Principal = { Service = "config.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "${local.audit_arns.config}/AWSLogs/${local.account}/*"
          Condition = { StringEquals = { "aws:SourceAccount" = local.account, "s3:x-amz-acl" = "bucket-owner-full-control" } }
        },
      ]
    }
  }
}

resource "aws_s3_bucket" "audit" {
  #checkov:skip=CKV2_AWS_62:Nothing acts on new objects; the trail's alarms read its log group
  #checkov:skip=CKV_AWS_18:The trail itself records who reads the bucket
  #checkov:skip=CKV_AWS_144:The trail is in CloudWatch Logs too; object lock guards the bucket against deletion
  for_each = local.audit_buckets

  bucket              = local.audit_names[each.key]
  object_lock_enabled = each.value.locked

  tags = merge(var.tags, { Name = local.audit_names[each.key], DataClass = "audit" })
}

resource "aws_s3_bucket_ownership_controls" "audit" {
  for_each = local.audit_buckets

  bucket = aws_s3_bucket.audit[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "audit" {
  for_each = local.audit_buckets

  bucket                  = aws_s3_bucket.audit[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "audit" {
  for_each = local.audit_buckets

  bucket = aws_s3_bucket.audit[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  for_each = { for purpose, one in local.audit_buckets : purpose => one if one.locked }

  bucket = aws_s3_bucket.audit[each.key].id

  rule {
    default_retention {
      mode = var.audit_lock_mode
      days = var.audit_retention_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.audit]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "audit" {
  for_each = local.audit_buckets

  bucket = aws_s3_bucket.audit[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this["logs"].arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  for_each = local.audit_buckets

  bucket = aws_s3_bucket.audit[each.key].id

  rule {
    id     = "age"
    status = "Enabled"

    filter {}

    transition {
      storage_class = "GLACIER_IR"
      days          = 90
    }

    expiration {
      days = var.audit_retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.audit]
}

resource "aws_s3_bucket_policy" "audit" {
  for_each = local.audit_buckets

  bucket = aws_s3_bucket.audit[each.key].id
  policy = jsonencode(local.audit_policies[each.key])

  depends_on = [aws_s3_bucket_public_access_block.audit]
}
