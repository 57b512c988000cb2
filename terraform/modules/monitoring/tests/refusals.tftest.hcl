# What the module refuses.
mock_provider "aws" {}
mock_provider "datadog" {}

variables {
  name         = "fieldday-production"
  services     = { payments = { paging = "#page-payments", tier = "critical" } }
  cluster_name = "fieldday-production"
  kms_key_arn  = "arn:aws:kms:us-east-1:111122223333:key/logs"
  tags = {
    Service     = "monitoring"
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
    name               = "FieldDay"
    thresholds         = { error_rate_percent = 0 }
    services           = { payments = { paging = "page-payments", tier = "critical" } }
    platform_channel   = "page-platform"
    subscriptions      = { "#page-payments" = [{ protocol = "http", endpoint = "http://pager" }] }
    log_retention_days = 7
    kms_key_arn        = "alias/logs"
    tags               = { Environment = "production" }
  }

  expect_failures = [
    var.name, var.thresholds, var.services, var.platform_channel, var.subscriptions, var.log_retention_days, var.kms_key_arn, var.tags,
  ]
}

run "refuses_an_unknown_tier_and_thresholds_that_always_fire" {
  command = plan

  variables {
    thresholds = { payment_failures = 0 }
    services   = { payments = { paging = "#page-payments", tier = "urgent" } }
  }

  expect_failures = [var.thresholds, var.services]
}

run "refuses_no_services" {
  command = plan

  variables {
    services = {}
  }

  expect_failures = [var.services]
}

run "refuses_who_asks_for_no_channel" {
  command = plan

  variables {
    subscriptions = { "#page-nobody" = [{ protocol = "email", endpoint = "nobody@fieldday.example" }] }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_payments_that_no_service_handles" {
  command = plan

  variables {
    payments_service = "money"
  }

  expect_failures = [aws_cloudwatch_log_group.service]
}
