# What the module promises, with mocks instead of AWS: encryption on the wire and on disk, no
# password, failover to another zone, snapshots, nobody but the given groups.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
}

variables {
  name                       = "fieldday-production"
  vpc_id                     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids                 = ["subnet-1", "subnet-2", "subnet-3"]
  allowed_security_group_ids = { bastion = "sg-bastion", nodes = "sg-nodes" }
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

run "production" {
  variables {
    users = {
      api  = "on ~api:* +@all -@dangerous"
      jobs = "on ~* +@read"
    }
  }

  assert {
    condition = jsonencode({
      id            = aws_elasticache_replication_group.this.replication_group_id
      engine        = "${aws_elasticache_replication_group.this.engine} ${aws_elasticache_replication_group.this.engine_version}"
      node          = aws_elasticache_replication_group.this.node_type
      port          = aws_elasticache_replication_group.this.port
      parameters    = aws_elasticache_replication_group.this.parameter_group_name
      nodes         = aws_elasticache_replication_group.this.num_cache_clusters
      failover      = aws_elasticache_replication_group.this.automatic_failover_enabled
      multi_az      = aws_elasticache_replication_group.this.multi_az_enabled
      subnet_group  = aws_elasticache_replication_group.this.subnet_group_name
      groups        = aws_elasticache_replication_group.this.security_group_ids
      at_rest       = aws_elasticache_replication_group.this.at_rest_encryption_enabled
      key           = aws_elasticache_replication_group.this.kms_key_id
      tls           = aws_elasticache_replication_group.this.transit_encryption_enabled
      tls_mode      = aws_elasticache_replication_group.this.transit_encryption_mode
      token         = aws_elasticache_replication_group.this.auth_token
      users         = aws_elasticache_replication_group.this.user_group_ids
      snapshot_days = aws_elasticache_replication_group.this.snapshot_retention_limit
      snapshots     = aws_elasticache_replication_group.this.snapshot_window
      final         = aws_elasticache_replication_group.this.final_snapshot_identifier
      maintenance   = aws_elasticache_replication_group.this.maintenance_window
      minor         = aws_elasticache_replication_group.this.auto_minor_version_upgrade
      at_once       = aws_elasticache_replication_group.this.apply_immediately
      }) == jsonencode({
      id            = "fieldday-production"
      engine        = "valkey 8.1"
      node          = "cache.r7g.large"
      port          = 6379
      parameters    = aws_elasticache_parameter_group.this.name
      nodes         = 3
      failover      = true
      multi_az      = true
      subnet_group  = aws_elasticache_subnet_group.this.name
      groups        = [aws_security_group.this.id]
      at_rest       = "true"
      key           = "arn:aws:kms:us-east-1:111122223333:key/data"
      tls           = true
      tls_mode      = "required"
      token         = null
      users         = ["fieldday-production"]
      snapshot_days = 30
      snapshots     = "02:00-03:00"
      final         = "fieldday-production-final"
      maintenance   = "sun:05:00-sun:06:00"
      minor         = "true"
      at_once       = false
    })
    error_message = "The replication group is not encrypted, spread over zones, saved and reached by IAM users as promised."
  }

  assert {
    condition = jsonencode({ for one in aws_elasticache_replication_group.this.log_delivery_configuration : one.log_type => [one.destination, one.destination_type, one.log_format] }) == jsonencode({
      engine-log = ["/aws/elasticache/fieldday-production/engine-log", "cloudwatch-logs", "json"]
      slow-log   = ["/aws/elasticache/fieldday-production/slow-log", "cloudwatch-logs", "json"]
    })
    error_message = "The engine's log or the slow log is not delivered."
  }

  assert {
    condition = jsonencode({ for kind, group in aws_cloudwatch_log_group.this : kind => [group.name, group.kms_key_id, group.retention_in_days] }) == jsonencode({
      engine-log = ["/aws/elasticache/fieldday-production/engine-log", "arn:aws:kms:us-east-1:111122223333:key/logs", 365]
      slow-log   = ["/aws/elasticache/fieldday-production/slow-log", "arn:aws:kms:us-east-1:111122223333:key/logs", 365]
    })
    error_message = "The logs are kept without key or end."
  }

  assert {
    condition = jsonencode({ for name, user in aws_elasticache_user.this : name => [user.user_id, user.user_name, user.engine, user.access_string, user.authentication_mode[0].type, user.passwords] }) == jsonencode({
      api  = ["fieldday-production-api", "fieldday-production-api", "valkey", "on ~api:* +@all -@dangerous", "iam", null]
      jobs = ["fieldday-production-jobs", "fieldday-production-jobs", "valkey", "on ~* +@read", "iam", null]
    })
    error_message = "A user signs in otherwise than by IAM, or may do something else than asked for."
  }

  assert {
    condition = jsonencode([length(aws_elasticache_user.default), aws_elasticache_user_group.this.user_group_id, aws_elasticache_user_group.this.engine, aws_elasticache_user_group.this.user_ids]) == jsonencode(
      [0, "fieldday-production", "valkey", ["fieldday-production-api", "fieldday-production-jobs"]]
    )
    error_message = "The group holds other users than the given ones."
  }

  assert {
    condition = jsonencode({ for user, policy in output.connect_policies : user => jsondecode(policy) }) == jsonencode({
      for user in ["api", "jobs"] : user => {
        Version = "2012-10-17"
        Statement = [{
          Effect = "Allow"
          Action = "elasticache:Connect"
          Resource = [
            "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:fieldday-production",
            "arn:aws:elasticache:us-east-1:111122223333:user:fieldday-production-${user}",
          ]
        }]
      }
    })
    error_message = "A role may sign in as another user."
  }

  assert {
    condition = jsonencode([aws_elasticache_subnet_group.this.name, aws_elasticache_subnet_group.this.subnet_ids]) == jsonencode(
      ["fieldday-production", ["subnet-1", "subnet-2", "subnet-3"]]
    )
    error_message = "The subnet group does not hold the given subnets."
  }

  assert {
    condition = jsonencode([aws_security_group.this.name, aws_security_group.this.vpc_id]) == jsonencode(
      ["fieldday-production-cache", "vpc-0a1b2c3d4e5f60718"]
    )
    error_message = "The security group is not in the given network."
  }

  assert {
    condition = jsonencode({
      for who, rule in aws_vpc_security_group_ingress_rule.this : who => {
        from     = rule.referenced_security_group_id
        cidr     = rule.cidr_ipv4
        protocol = rule.ip_protocol
        ports    = "${rule.from_port}-${rule.to_port}"
        group    = rule.security_group_id
        why      = rule.description
      }
      }) == jsonencode({
      bastion = { from = "sg-bastion", cidr = null, protocol = "tcp", ports = "6379-6379", group = aws_security_group.this.id, why = "Cache from bastion" }
      nodes   = { from = "sg-nodes", cidr = null, protocol = "tcp", ports = "6379-6379", group = aws_security_group.this.id, why = "Cache from nodes" }
    })
    error_message = "Others than the given groups may connect, or these may not."
  }

  assert {
    condition = jsonencode([
      aws_elasticache_parameter_group.this.name,
      aws_elasticache_parameter_group.this.family,
      { for one in aws_elasticache_parameter_group.this.parameter : one.name => one.value },
      ]) == jsonencode([
      "fieldday-production-valkey8",
      "valkey8",
      { "maxmemory-policy" = "volatile-lru", "slowlog-log-slower-than" = "10000" },
    ])
    error_message = "Sessions may be evicted, or slow commands are not logged."
  }

  assert {
    condition = jsonencode({
      replication_group_id = output.replication_group_id
      arn                  = output.arn
      primary_endpoint     = output.primary_endpoint
      reader_endpoint      = output.reader_endpoint
      port                 = output.port
      node_ids             = output.node_ids
      security_group_id    = output.security_group_id
      subnet_group_name    = output.subnet_group_name
      parameter_group_name = output.parameter_group_name
      user_group_id        = output.user_group_id
      slow_log             = output.log_group_names["slow-log"]
      }) == jsonencode({
      replication_group_id = aws_elasticache_replication_group.this.id
      arn                  = aws_elasticache_replication_group.this.arn
      primary_endpoint     = aws_elasticache_replication_group.this.primary_endpoint_address
      reader_endpoint      = aws_elasticache_replication_group.this.reader_endpoint_address
      port                 = 6379
      node_ids             = ["fieldday-production-001", "fieldday-production-002", "fieldday-production-003"]
      security_group_id    = aws_security_group.this.id
      subnet_group_name    = "fieldday-production"
      parameter_group_name = "fieldday-production-valkey8"
      user_group_id        = "fieldday-production"
      slow_log             = "/aws/elasticache/fieldday-production/slow-log"
    })
    error_message = "An output gives something else than it says."
  }

  assert {
    condition = jsonencode({
      for resource, tags in {
        group      = aws_elasticache_replication_group.this.tags
        subnets    = aws_elasticache_subnet_group.this.tags
        firewall   = aws_security_group.this.tags
        rule       = aws_vpc_security_group_ingress_rule.this["nodes"].tags
        parameters = aws_elasticache_parameter_group.this.tags
        user       = aws_elasticache_user.this["api"].tags
        users      = aws_elasticache_user_group.this.tags
        log        = aws_cloudwatch_log_group.this["slow-log"].tags
      } : resource => jsonencode(tags) == jsonencode(merge(var.tags, { Name = tags["Name"] })) ? tags["Name"] : "tags missing"
      }) == jsonencode({
      group      = "fieldday-production"
      subnets    = "fieldday-production"
      firewall   = "fieldday-production-cache"
      rule       = "fieldday-production-cache-from-nodes"
      parameters = "fieldday-production-valkey8"
      user       = "fieldday-production-api"
      users      = "fieldday-production"
      log        = "/aws/elasticache/fieldday-production/slow-log"
    })
    error_message = "A resource lacks the tags or its name."
  }
}

run "development_with_redis" {
  variables {
    engine          = "redis"
    engine_version  = "7.1"
    multi_az        = false
    replicas        = 0
    parameters      = { timeout = "300" }
    eviction_policy = "noeviction"
    tags = {
      Service     = "cache"
      Environment = "development"
      Owner       = "platform"
      CostCentre  = "platform"
      DataClass   = "transactional"
    }
  }

  assert {
    condition = jsonencode([
      aws_elasticache_replication_group.this.engine,
      aws_elasticache_replication_group.this.num_cache_clusters,
      aws_elasticache_replication_group.this.automatic_failover_enabled,
      aws_elasticache_replication_group.this.multi_az_enabled,
      output.node_ids,
    ]) == jsonencode(["redis", 1, false, false, ["fieldday-production-001"]])
    error_message = "A single node of Redis is not what came."
  }

  assert {
    condition = jsonencode([for user in aws_elasticache_user.default : [user.user_id, user.user_name, user.engine, user.access_string, user.authentication_mode[0].type, user.tags]]) == jsonencode(
      [["fieldday-production-default", "default", "redis", "off -@all", "no-password-required", merge(var.tags, { Name = "fieldday-production-default" })]]
    )
    error_message = "The default user of Redis is not switched off."
  }

  assert {
    condition     = jsonencode([aws_elasticache_user_group.this.engine, aws_elasticache_user_group.this.user_ids]) == jsonencode(["redis", ["fieldday-production-default", "fieldday-production-services"]])
    error_message = "Redis takes no group without a default user."
  }

  assert {
    condition     = aws_elasticache_user.this["services"].access_string == "on ~* &* +@all -@admin -@dangerous +info"
    error_message = "The services' user may do something dangerous."
  }

  assert {
    condition = jsonencode([
      aws_elasticache_parameter_group.this.family,
      { for one in aws_elasticache_parameter_group.this.parameter : one.name => one.value },
    ]) == jsonencode(["redis7", { "maxmemory-policy" = "noeviction", "slowlog-log-slower-than" = "10000", timeout = "300" }])
    error_message = "The given parameters do not reach the engine."
  }
}
