locals {
  # Without it the account could lose its key for good; IAM policies then decide who may use a key.
  account_statement = {
    Sid       = "AccountAdministers"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  own_account = { StringEquals = { "aws:SourceAccount" = local.account } }

  # What AWS services do with a key themselves, by class.
  service_statements = {
    for region in local.regions : region => {
      assets = [{
        Sid       = "CloudFrontReads"
        Effect    = "Allow"
        Principal = { Service = "cloudfront.amazonaws.com" }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:cloudfront::${local.account}:distribution/*" } }
      }]

      backups = []
      data    = []

      # https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
      # Named by condition, since a key's policy may not name a role that does not exist yet.
      kubernetes = [
        {
          Sid       = "NodesUseEncryptedDisks"
          Effect    = "Allow"
          Principal = { AWS = "*" }
          Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
          Resource  = "*"
          Condition = { StringEquals = { "aws:PrincipalArn" = local.autoscaling_role, "kms:CallerAccount" = local.account } }
        },
        {
          Sid       = "NodesAttachEncryptedDisks"
          Effect    = "Allow"
          Principal = { AWS = "*" }
          Action    = "kms:CreateGrant"
          Resource  = "*"
          Condition = {
            Bool         = { "kms:GrantIsForAWSResource" = "true" }
            StringEquals = { "aws:PrincipalArn" = local.autoscaling_role, "kms:CallerAccount" = local.account }
          }
        },
      ]

      # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
      # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
      logs = [
        {
          Sid       = "LogGroupsAreEncrypted"
          Effect    = "Allow"
          Principal = { Service = "logs.${region}.amazonaws.com" }
          Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
          Resource  = "*"
          Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${region}:${local.account}:log-group:*" } }
        },
        {
          Sid    = "AlertsAreEncrypted"
          Effect = "Allow"
          Principal = {
            Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"]
          }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
          Resource  = "*"
          Condition = local.own_account
        },
        # AWS Backup does not guarantee to name the account for which it publishes.
        {
          Sid       = "BackupsAlertsAreEncrypted"
          Effect    = "Allow"
          Principal = { Service = "backup.amazonaws.com" }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
          Resource  = "*"
          Condition = { StringEqualsIfExists = { "aws:SourceAccount" = local.account } }
        },
        {
          Sid       = "TrailIsEncrypted"
          Effect    = "Allow"
          Principal = { Service = "cloudtrail.amazonaws.com" }
          Action    = ["kms:DescribeKey", "kms:GenerateDataKey*"]
          Resource  = "*"
          Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/*" } }
        },
        {
          Sid       = "HistoryIsEncrypted"
          Effect    = "Allow"
          Principal = { Service = "config.amazonaws.com" }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
          Resource  = "*"
          Condition = local.own_account
        },
      ]

      secrets = []
    }
  }

  autoscaling_role = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"

  key_policies = {
    for region in local.regions : region => {
      for class in keys(local.classes) : class => {
        Version   = "2012-10-17"
        Statement = concat([local.account_statement], local.service_statements[region][class])
      }
    }
  }
}
