locals {
  replicated = { for name, bucket in local.copies : bucket.purpose => name }

  replication_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "s3.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  }

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
  replication_permissions = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTheRules"
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = [for original in keys(local.replicated) : aws_s3_bucket.this[original].arn]
      },
      {
        Sid    = "ReadTheOriginals"
        Effect = "Allow"
        Action = [
          "s3:GetObjectLegalHold",
          "s3:GetObjectRetention",
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionTagging",
        ]
        Resource = [for original in keys(local.replicated) : "${aws_s3_bucket.this[original].arn}/*"]
      },
      {
        Sid      = "WriteTheCopies"
        Effect   = "Allow"
        Action   = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
        Resource = [for copy in values(local.replicated) : "${aws_s3_bucket.this[copy].arn}/*"]
      },
      {
        Sid       = "DecryptTheOriginals"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = [var.assets_kms_key_arn, var.kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.region}.amazonaws.com" } }
      },
      {
        Sid       = "EncryptTheCopies"
        Effect    = "Allow"
        Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = [var.recovery_assets_kms_key_arn, var.recovery_kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${coalesce(var.recovery_region, "none")}.amazonaws.com" } }
      },
    ]
  }
}

resource "aws_iam_role" "replication" {
  count = var.recovery_region == null ? 0 : 1

  name                 = "${var.name}-s3-replication"
  description          = "Copies objects of ${var.name} to ${var.recovery_region}"
  assume_role_policy   = jsonencode(local.replication_trust)
  permissions_boundary = var.permissions_boundary_arn

  tags = merge(var.tags, { Name = "${var.name}-s3-replication" })
}

resource "aws_iam_role_policy" "replication" {
  count = var.recovery_region == null ? 0 : 1

  name   = "copy-objects"
  role   = aws_iam_role.replication[0].name
  policy = jsonencode(local.replication_permissions)
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.replicated

  bucket = aws_s3_bucket.this[each.key].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id     = "recovery"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = aws_s3_bucket.this[each.value].arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = local.copies[each.value].key
      }

      # S3 promises the copy within 15 minutes, and measures it.
      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
