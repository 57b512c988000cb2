# What the module refuses.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
}

variables {
  name            = "fieldday-production"
  services        = ["api", "payments"]
  recovery_region = "us-west-2"
  domain          = "fieldday.example"
  rotation        = { function_arn = "arn:aws:lambda:us-east-1:111122223333:function:rotate-secret" }
  cluster_arn     = "arn:aws:eks:us-east-1:111122223333:cluster/fieldday-production"
  bucket_arns = {
    assets  = "arn:aws:s3:::fieldday-production-assets"
    backups = "arn:aws:s3:::fieldday-production-backups"
    reports = "arn:aws:s3:::fieldday-production-reports"
    uploads = "arn:aws:s3:::fieldday-production-uploads"
  }
  state_bucket_arn  = "arn:aws:s3:::fieldday-terraform-state"
  state_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/state"
  alerts_topic_arn  = "arn:aws:sns:us-east-1:111122223333:alerts"
  tags = {
    Service     = "security"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

# Each value is wrong in its own way, and each has to be refused.
run "refuses_wrong_values" {
  command = plan

  variables {
    name                 = "FieldDay"
    services             = ["API"]
    recovery_region      = "west"
    rotation             = { function_arn = "a", days = 0 }
    domain               = "fieldday"
    rate_limits          = { api = 9 }
    rate_limit_overall   = 9
    human_principal_arns = ["*"]
    cluster_arn          = "fieldday-production"
    state_bucket_arn     = "arn:aws:s3:::*"
    state_kms_key_arn    = "alias/state"
    audit_retention_days = 364
    audit_lock_mode      = "NONE"
    alerts_topic_arn     = "alerts"
    tags                 = { Environment = "production" }
  }

  expect_failures = [
    var.name, var.services, var.recovery_region, var.rotation, var.domain, var.rate_limits, var.rate_limit_overall,
    var.human_principal_arns, var.cluster_arn, var.state_bucket_arn, var.state_kms_key_arn, var.audit_retention_days,
    var.audit_lock_mode, var.alerts_topic_arn, var.tags,
  ]
}

run "refuses_no_services_and_rare_rotation" {
  command = plan

  variables {
    services = []
    rotation = { function_arn = "a", days = 91 }
  }

  expect_failures = [var.services, var.rotation]
}

run "refuses_production_without_rotation" {
  command = plan

  variables {
    rotation = null
  }

  expect_failures = [aws_secretsmanager_secret.service]
}

run "refuses_recovery_in_the_same_region" {
  command = plan

  variables {
    recovery_region = "us-east-1"
  }

  expect_failures = [aws_kms_key.recovery]
}

run "refuses_a_policy_that_iam_would_not_take" {
  command = plan

  variables {
    state_bucket_arn = "arn:aws:s3:::${format("%6200s", "state")}"
  }

  expect_failures = [aws_iam_policy.automation]
}
