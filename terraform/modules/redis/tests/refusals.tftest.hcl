# What the module refuses.
mock_provider "aws" {}

variables {
  name                       = "fieldday-production"
  vpc_id                     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids                 = ["subnet-1", "subnet-2", "subnet-3"]
  allowed_security_group_ids = { nodes = "sg-nodes" }
  node_type                  = "cache.r7g.large"
  kms_key_arn                = "arn:aws:kms:us-east-1:111122223333:key/data"
  log_kms_key_arn            = "arn:aws:kms:us-east-1:111122223333:key/logs"
  tags = {
    Service     = "cache"
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
    name                       = "FieldDay"
    vpc_id                     = "subnet-1"
    subnet_ids                 = ["subnet-1", "subnet-1"]
    allowed_security_group_ids = {}
    engine                     = "memcached"
    engine_version             = "6.2"
    node_type                  = "r7g.large"
    replicas                   = -1
    users                      = {}
    eviction_policy            = "random"
    snapshot_retention_days    = 0
    snapshot_window            = "2:00-3:00"
    maintenance_window         = "05:00-06:00"
    kms_key_arn                = "alias/data"
    log_kms_key_arn            = "alias/logs"
    tags                       = { Environment = "production" }
  }

  expect_failures = [
    var.name, var.vpc_id, var.subnet_ids, var.allowed_security_group_ids, var.engine, var.engine_version,
    var.node_type, var.replicas, var.users, var.eviction_policy, var.snapshot_retention_days, var.snapshot_window,
    var.maintenance_window, var.kms_key_arn, var.log_kms_key_arn, var.tags,
  ]
}

run "refuses_values_too_large" {
  command = plan

  variables {
    replicas                = 6
    snapshot_retention_days = 36
    users                   = { default = "on ~* +@all" }
  }

  expect_failures = [var.replicas, var.snapshot_retention_days, var.users]
}

run "refuses_a_user_that_is_off" {
  command = plan

  variables {
    users = { api = "off ~* +@all" }
  }

  expect_failures = [var.users]
}

run "refuses_production_in_one_zone" {
  command = plan

  variables {
    multi_az = false
  }

  expect_failures = [aws_elasticache_replication_group.this]
}

run "refuses_failover_to_nothing" {
  command = plan

  variables {
    replicas = 0
  }

  expect_failures = [aws_elasticache_replication_group.this]
}

run "refuses_short_snapshots_in_production" {
  command = plan

  variables {
    snapshot_retention_days = 29
  }

  expect_failures = [aws_elasticache_replication_group.this]
}
