# What the module refuses.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
}

variables {
  name                 = "fieldday-production"
  resource_arns        = ["arn:aws:rds:us-east-1:111122223333:db:fieldday-production"]
  kms_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/backups"
  recovery_region      = "us-west-2"
  recovery_kms_key_arn = "arn:aws:kms:us-west-2:111122223333:key/backups"
  topic_arn            = "arn:aws:sns:us-east-1:111122223333:alerts"
  restore_test         = { database_arns = ["arn:aws:rds:us-east-1:111122223333:db:a"], subnet_group_name = "a", security_group_ids = ["sg-a"], parameter_group_name = "a", instance_class = "db.t4g.medium" }
  tags = {
    Service     = "backup"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

# Each value is wrong in its own way, and each has to be refused.
run "refuses_wrong_values" {
  command = plan

  variables {
    name                  = "FieldDay"
    kms_key_arn           = "alias/backups"
    resource_arns         = ["arn:aws:rds:*:*:db:*"]
    schedule              = "daily"
    retention_days        = 6
    recovery_region       = "west"
    lock_changeable_days  = 2
    restore_test          = { database_arns = ["arn:aws:rds:us-east-1:111122223333:db:a"], subnet_group_name = "a", security_group_ids = [], parameter_group_name = "a", instance_class = "db.t4g.medium" }
    restore_test_schedule = "weekly"
    topic_arn             = "alerts"
    tags                  = { Environment = "production" }
  }

  expect_failures = [
    var.name, var.kms_key_arn, var.resource_arns, var.schedule, var.retention_days, var.recovery_region,
    var.lock_changeable_days, var.restore_test, var.restore_test_schedule, var.topic_arn, var.tags,
  ]
}

run "refuses_a_test_of_nothing" {
  command = plan

  variables {
    resource_arns  = ["fieldday-production"]
    retention_days = 366
    restore_test   = { database_arns = [], subnet_group_name = "a", security_group_ids = ["sg-a"], parameter_group_name = "a", instance_class = "db.t4g.medium" }
  }

  expect_failures = [var.resource_arns, var.retention_days, var.restore_test]
}

run "refuses_a_backup_of_nothing" {
  command = plan

  variables {
    resource_arns = []
  }

  expect_failures = [var.resource_arns]
}

run "refuses_production_without_second_region" {
  command = plan

  variables {
    recovery_region = null
  }

  expect_failures = [aws_backup_plan.daily]
}

run "refuses_short_backups_in_production" {
  command = plan

  variables {
    retention_days = 29
  }

  expect_failures = [aws_backup_plan.daily]
}

run "refuses_copies_in_the_same_region" {
  command = plan

  variables {
    recovery_region      = "us-east-1"
    recovery_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/backups"
  }

  expect_failures = [aws_backup_plan.daily]
}

run "refuses_copies_with_a_key_of_another_region" {
  command = plan

  variables {
    recovery_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/backups"
  }

  expect_failures = [aws_backup_vault.recovery]
}
