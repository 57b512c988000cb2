# What the module refuses.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
}

variables {
  name                       = "fieldday-production"
  vpc_id                     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids                 = ["subnet-1", "subnet-2", "subnet-3"]
  allowed_security_group_ids = { nodes = "sg-nodes" }
  instance_class             = "db.r8g.large"
  recovery_region            = "us-west-2"
  recovery_kms_key_arn       = "arn:aws:kms:us-west-2:111122223333:key/recovery"
  event_topic_arn            = "arn:aws:sns:us-east-1:111122223333:alerts"
  kms_key_arn                = "arn:aws:kms:us-east-1:111122223333:key/data"
  log_kms_key_arn            = "arn:aws:kms:us-east-1:111122223333:key/logs"
  tags = {
    Service     = "postgresql"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

# Each value is wrong in its own way, and each has to be refused.
run "refuses_values_too_small" {
  command = plan

  variables {
    name                                = "FieldDay"
    vpc_id                              = "subnet-1"
    subnet_ids                          = ["subnet-1", "subnet-1"]
    allowed_security_group_ids          = {}
    engine_version                      = "15"
    instance_class                      = "r8g.large"
    allocated_storage_gib               = 19
    read_replicas                       = { reports = { instance_class = "large" } }
    database_name                       = "Field-Day"
    master_username                     = "postgres"
    backup_retention_days               = 0
    backup_window                       = "2:00-3:00"
    maintenance_window                  = "04:00-05:00"
    recovery_region                     = "west"
    ca_cert_identifier                  = "rds-ca-2019"
    parameters                          = { "rds.force_ssl" = { value = "0" } }
    performance_insights_retention_days = 6
    database_insights_mode              = "none"
    monitoring_interval_seconds         = 0
    event_topic_arn                     = "alerts"
    kms_key_arn                         = "alias/data"
    log_kms_key_arn                     = "alias/logs"
    tags                                = { Environment = "production" }
  }

  expect_failures = [
    var.name, var.vpc_id, var.subnet_ids, var.allowed_security_group_ids, var.engine_version, var.instance_class,
    var.allocated_storage_gib, var.read_replicas, var.database_name, var.master_username, var.backup_retention_days,
    var.backup_window, var.maintenance_window, var.recovery_region, var.ca_cert_identifier, var.parameters,
    var.performance_insights_retention_days, var.database_insights_mode, var.monitoring_interval_seconds,
    var.event_topic_arn, var.kms_key_arn, var.log_kms_key_arn, var.tags,
  ]
}

run "refuses_values_too_large" {
  command = plan

  variables {
    name                  = "fieldday-production-of-the-second-kind"
    allocated_storage_gib = 65537
    master_username       = "Field Day"
    backup_retention_days = 36
    engine_version        = "18.1.2"
    tags                  = { Service = "a", Environment = "production", Owner = "a", CostCentre = "a" }
  }

  expect_failures = [
    var.name, var.allocated_storage_gib, var.master_username, var.backup_retention_days, var.engine_version, var.tags,
  ]
}

run "refuses_production_in_one_zone" {
  command = plan

  variables {
    multi_az = false
  }

  expect_failures = [aws_db_instance.primary]
}

run "refuses_production_that_can_be_deleted" {
  command = plan

  variables {
    deletion_protection = false
  }

  expect_failures = [aws_db_instance.primary]
}

run "refuses_short_backups_in_production" {
  command = plan

  variables {
    backup_retention_days = 29
  }

  expect_failures = [aws_db_instance.primary]
}

run "refuses_production_without_second_region" {
  command = plan

  variables {
    recovery_region = null
  }

  expect_failures = [aws_db_instance.primary]
}

run "refuses_storage_that_cannot_grow" {
  command = plan

  variables {
    max_allocated_storage_gib = 100
  }

  expect_failures = [aws_db_instance.primary]
}

run "refuses_insights_that_do_not_match" {
  command = plan

  variables {
    database_insights_mode = "advanced"
  }

  expect_failures = [aws_db_instance.primary]
}

run "refuses_copies_with_a_key_of_another_region" {
  command = plan

  variables {
    recovery_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/data"
  }

  expect_failures = [aws_db_instance_automated_backups_replication.this]
}

run "refuses_copies_in_the_same_region" {
  command = plan

  variables {
    recovery_region      = "us-east-1"
    recovery_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/data"
  }

  expect_failures = [aws_db_instance_automated_backups_replication.this]
}
