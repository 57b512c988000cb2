# An environment outside us-east-1, where CloudFront's parts are nevertheless.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }
}

variables {
  name            = "fieldday-production"
  services        = ["api"]
  recovery_region = "eu-west-1"
  domain          = "fieldday.example"
  rotation        = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:rotate-secret", days = 7 }
  cluster_arn     = "arn:aws:eks:eu-central-1:111122223333:cluster/fieldday-production"
  bucket_arns = {
    assets  = "arn:aws:s3:::fieldday-production-assets"
    backups = "arn:aws:s3:::fieldday-production-backups"
    reports = "arn:aws:s3:::fieldday-production-reports"
    uploads = "arn:aws:s3:::fieldday-production-uploads"
  }
  state_bucket_arn  = "arn:aws:s3:::fieldday-terraform-state"
  state_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/state"
  alerts_topic_arn  = "arn:aws:sns:eu-central-1:111122223333:alerts"
  tags = {
    Service     = "security"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

run "europe" {
  assert {
    condition = jsonencode({ for kind, one in aws_cloudwatch_log_group.waf : kind => [one.region, one.kms_key_id] }) == jsonencode({
      cloudfront = ["us-east-1", null]
      regional   = ["eu-central-1", aws_kms_key.this["logs"].arn]
    })
    error_message = "A log group uses a key of another region."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_wafv2_web_acl_logging_configuration.this : kind => one.region }) == jsonencode({ cloudfront = "us-east-1", regional = "eu-central-1" })
    error_message = "A firewall's log is looked for in another region."
  }

  assert {
    condition = jsonencode([
      for key in [aws_kms_key.this["logs"], aws_kms_key.recovery["logs"]] : [for statement in jsondecode(key.policy).Statement : [statement.Principal.Service, statement.Condition.ArnLike] if statement.Sid == "LogGroupsAreEncrypted"]
      ]) == jsonencode([
      for region in ["eu-central-1", "eu-west-1"] : [["logs.${region}.amazonaws.com", { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${region}:111122223333:log-group:*" }]]
    ])
    error_message = "CloudWatch Logs can't use the key of its region."
  }

  assert {
    condition     = jsonencode(sort(keys(aws_accessanalyzer_analyzer.this))) == jsonencode(["eu-central-1", "eu-west-1", "us-east-1"])
    error_message = "A region has no analyzer."
  }

  assert {
    condition     = aws_secretsmanager_secret_rotation.service["api"].rotation_rules[0].automatically_after_days == 7
    error_message = "The secret is not rotated as often as asked for."
  }
}
