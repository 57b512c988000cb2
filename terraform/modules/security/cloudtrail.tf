locals {
  trail_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    }]
  }

  trail_permissions = {
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [for group in aws_cloudwatch_log_group.trail : "${group.arn}:log-stream:${local.account}_CloudTrail_*"]
    }]
  }
}

resource "aws_cloudwatch_log_group" "trail" {
  count = local.baseline

  name              = "/aws/cloudtrail/${var.name}"
  retention_in_days = var.audit_retention_days
  kms_key_id        = aws_kms_key.this["logs"].arn

  tags = merge(var.tags, { Name = "/aws/cloudtrail/${var.name}", DataClass = "audit" })
}

resource "aws_iam_role" "trail" {
  count = local.baseline

  name                 = "${var.name}-cloudtrail"
  description          = "Writes the audit trail to CloudWatch Logs"
  assume_role_policy   = jsonencode(local.trail_trust)
  permissions_boundary = aws_iam_policy.boundary.arn

  tags = merge(var.tags, { Name = "${var.name}-cloudtrail" })
}

resource "aws_iam_role_policy" "trail" {
  count = local.baseline

  name   = "write-trail"
  role   = aws_iam_role.trail[0].name
  policy = jsonencode(local.trail_permissions)
}

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252:The trail's alarms read its log group; a message for each file would be noise
  count = local.baseline

  name                          = var.name
  s3_bucket_name                = aws_s3_bucket.audit["audit"].id
  kms_key_id                    = aws_kms_key.this["logs"].arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail[0].arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail[0].arn
  enable_logging                = true
  enable_log_file_validation    = true
  include_global_service_events = true
  is_multi_region_trail         = true

  advanced_event_selector {
    name = "What is done to the account"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  # Assets are read all the time by everybody, and logs are written all the time.
  advanced_event_selector {
    name = "What is done to users' files, reports and backups"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = [for arn in [var.bucket_arns.backups, var.bucket_arns.reports, var.bucket_arns.uploads] : "${arn}/"]
    }
  }

  insight_selector {
    insight_type = "ApiCallRateInsight"
  }

  insight_selector {
    insight_type = "ApiErrorRateInsight"
  }

  tags = merge(var.tags, { Name = var.name })

  depends_on = [aws_s3_bucket_policy.audit]
}
