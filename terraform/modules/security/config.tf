locals {
  config_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = local.own_account
    }]
  }

  config_permissions = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = "${local.audit_arns.config}/AWSLogs/${local.account}/*"
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
      {
        Effect   = "Allow"
        Action   = "s3:GetBucketAcl"
        Resource = local.audit_arns.config
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.this["logs"].arn
      },
    ]
  }

  # What the modules promise, checked again on what exists.
  # https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
  config_rules = {
    access-keys-rotated = { identifier = "ACCESS_KEYS_ROTATED", parameters = { maxAccessKeyAge = "90" } }
    cloudtrail-on       = { identifier = "MULTI_REGION_CLOUD_TRAIL_ENABLED", parameters = {} }
    database-backed-up  = { identifier = "DB_INSTANCE_BACKUP_ENABLED", parameters = { backupRetentionMinimum = "7" } }
    database-encrypted  = { identifier = "RDS_STORAGE_ENCRYPTED", parameters = {} }
    database-not-public = { identifier = "RDS_INSTANCE_PUBLIC_ACCESS_CHECK", parameters = {} }
    disks-encrypted     = { identifier = "ENCRYPTED_VOLUMES", parameters = {} }
    guardduty-on        = { identifier = "GUARDDUTY_ENABLED_CENTRALIZED", parameters = {} }
    keys-rotate         = { identifier = "CMK_BACKING_KEY_ROTATION_ENABLED", parameters = {} }
    no-administrators   = { identifier = "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", parameters = {} }
    root-has-mfa        = { identifier = "ROOT_ACCOUNT_MFA_ENABLED", parameters = {} }
    s3-encrypted        = { identifier = "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", parameters = {} }
    s3-not-public       = { identifier = "S3_BUCKET_PUBLIC_READ_PROHIBITED", parameters = {} }
    s3-tls              = { identifier = "S3_BUCKET_SSL_REQUESTS_ONLY", parameters = {} }
    ssh-restricted      = { identifier = "INCOMING_SSH_DISABLED", parameters = {} }
    tags-there          = { identifier = "REQUIRED_TAGS", parameters = { for index, tag in ["Service", "Environment", "Owner", "CostCentre", "DataClass"] : "tag${index + 1}Key" => tag } }
    users-have-mfa      = { identifier = "IAM_USER_MFA_ENABLED", parameters = {} }
  }
}

resource "aws_iam_role" "config" {
  count = local.baseline

  name                 = "${var.name}-config"
  description          = "Records what there is, and how it changes"
  assume_role_policy   = jsonencode(local.config_trust)
  permissions_boundary = aws_iam_policy.boundary.arn

  tags = merge(var.tags, { Name = "${var.name}-config" })
}

resource "aws_iam_role_policy_attachment" "config" {
  count = local.baseline

  role       = aws_iam_role.config[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role_policy" "config" {
  count = local.baseline

  name   = "write-history"
  role   = aws_iam_role.config[0].name
  policy = jsonencode(local.config_permissions)
}

resource "aws_config_configuration_recorder" "this" {
  count = local.baseline

  name     = var.name
  role_arn = aws_iam_role.config[0].arn

  recording_group {
    all_supported                 = true
    include_global_resource_types = true
  }
}

resource "aws_config_delivery_channel" "this" {
  count = local.baseline

  name           = var.name
  s3_bucket_name = aws_s3_bucket.audit["config"].id
  s3_kms_key_arn = aws_kms_key.this["logs"].arn

  snapshot_delivery_properties {
    delivery_frequency = "TwentyFour_Hours"
  }

  depends_on = [aws_config_configuration_recorder.this, aws_s3_bucket_policy.audit]
}

resource "aws_config_configuration_recorder_status" "this" {
  count = local.baseline

  name       = aws_config_configuration_recorder.this[0].name
  is_enabled = true

  depends_on = [aws_config_delivery_channel.this]
}

resource "aws_config_config_rule" "this" {
  for_each = { for rule, one in local.config_rules : rule => one if var.account_baseline }

  name             = "${var.name}-${each.key}"
  input_parameters = length(each.value.parameters) > 0 ? jsonencode(each.value.parameters) : null

  source {
    owner             = "AWS"
    source_identifier = each.value.identifier
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_config_configuration_recorder_status.this]
}
