# What the module promises, with mocks instead of AWS: encryption, no public access, backups that
# survive the region, deletion protection, sign-in without a password.
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
  mock_resource "aws_db_instance" {
    defaults = {
      resource_id        = "db-MOCKRESOURCE"
      master_user_secret = [{ kms_key_id = "key", secret_arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db", secret_status = "active" }]
    }
  }
}

variables {
  name                       = "fieldday-production"
  vpc_id                     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids                 = ["subnet-1", "subnet-2", "subnet-3"]
  allowed_security_group_ids = { bastion = "sg-bastion", nodes = "sg-nodes" }
  instance_class             = "db.r8g.large"
  iam_users                  = ["api", "payments"]
  recovery_region            = "us-west-2"
  recovery_kms_key_arn       = "arn:aws:kms:us-west-2:111122223333:key/recovery"
  event_topic_arn            = "arn:aws:sns:us-east-1:111122223333:alerts"
  kms_key_arn                = "arn:aws:kms:us-east-1:111122223333:key/data"
  permissions_boundary_arn   = "arn:aws:iam::111122223333:policy/boundary"
  log_kms_key_arn            = "arn:aws:kms:us-east-1:111122223333:key/logs"
  tags = {
    Service     = "postgresql"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

run "production" {
  variables {
    log_retention_days = 400
    read_replicas      = { reports = { instance_class = "db.r8g.xlarge" } }
  }

  assert {
    condition = jsonencode({
      identifier     = aws_db_instance.primary.identifier
      engine         = aws_db_instance.primary.engine
      engine_version = aws_db_instance.primary.engine_version
      instance_class = aws_db_instance.primary.instance_class
      db_name        = aws_db_instance.primary.db_name
      username       = aws_db_instance.primary.username
      port           = aws_db_instance.primary.port
      }) == jsonencode({
      identifier     = "fieldday-production"
      engine         = "postgres"
      engine_version = "18"
      instance_class = "db.r8g.large"
      db_name        = "fieldday"
      username       = "fieldday_admin"
      port           = 5432
    })
    error_message = "The primary is not the PostgreSQL that was asked for."
  }

  assert {
    condition = jsonencode({
      managed_password = aws_db_instance.primary.manage_master_user_password
      password         = aws_db_instance.primary.password
      secret_key       = aws_db_instance.primary.master_user_secret_kms_key_id
      iam              = aws_db_instance.primary.iam_database_authentication_enabled
      ca               = aws_db_instance.primary.ca_cert_identifier
      }) == jsonencode({
      managed_password = true
      password         = null
      secret_key       = "arn:aws:kms:us-east-1:111122223333:key/data"
      iam              = true
      ca               = "rds-ca-rsa2048-g1"
    })
    error_message = "RDS does not manage the administrator's password, or sign-in by IAM is off."
  }

  assert {
    condition = jsonencode({
      encrypted = aws_db_instance.primary.storage_encrypted
      key       = aws_db_instance.primary.kms_key_id
      kind      = aws_db_instance.primary.storage_type
      size      = aws_db_instance.primary.allocated_storage
      limit     = aws_db_instance.primary.max_allocated_storage
      }) == jsonencode({
      encrypted = true
      key       = "arn:aws:kms:us-east-1:111122223333:key/data"
      kind      = "gp3"
      size      = 100
      limit     = 500
    })
    error_message = "The storage is not encrypted with the given key, or cannot grow."
  }

  assert {
    condition = jsonencode({
      multi_az     = aws_db_instance.primary.multi_az
      public       = aws_db_instance.primary.publicly_accessible
      subnet_group = aws_db_instance.primary.db_subnet_group_name
      groups       = tolist(aws_db_instance.primary.vpc_security_group_ids)
      }) == jsonencode({
      multi_az     = true
      public       = false
      subnet_group = aws_db_subnet_group.this.name
      groups       = tolist([aws_security_group.this.id])
    })
    error_message = "The primary is public, or alone in its zone, or not in its own group."
  }

  assert {
    condition = jsonencode({
      days                = aws_db_instance.primary.backup_retention_period
      window              = aws_db_instance.primary.backup_window
      tags_copied         = aws_db_instance.primary.copy_tags_to_snapshot
      removed_with_it     = aws_db_instance.primary.delete_automated_backups
      deletion_protection = aws_db_instance.primary.deletion_protection
      skip_final          = aws_db_instance.primary.skip_final_snapshot
      final               = aws_db_instance.primary.final_snapshot_identifier
      }) == jsonencode({
      days                = 30
      window              = "02:00-03:00"
      tags_copied         = true
      removed_with_it     = false
      deletion_protection = true
      skip_final          = false
      final               = "fieldday-production-final"
    })
    error_message = "Backups are not kept for 30 days, or go with the instance."
  }

  assert {
    condition = jsonencode({
      window        = aws_db_instance.primary.maintenance_window
      minor         = aws_db_instance.primary.auto_minor_version_upgrade
      major         = aws_db_instance.primary.allow_major_version_upgrade
      at_once       = aws_db_instance.primary.apply_immediately
      parameters    = aws_db_instance.primary.parameter_group_name
      insights      = aws_db_instance.primary.performance_insights_enabled
      insights_key  = aws_db_instance.primary.performance_insights_kms_key_id
      insights_days = aws_db_instance.primary.performance_insights_retention_period
      insights_mode = aws_db_instance.primary.database_insights_mode
      interval      = aws_db_instance.primary.monitoring_interval
      role          = aws_db_instance.primary.monitoring_role_arn
      logs          = aws_db_instance.primary.enabled_cloudwatch_logs_exports
      }) == jsonencode({
      window        = "sun:04:00-sun:05:00"
      minor         = true
      major         = false
      at_once       = false
      parameters    = aws_db_parameter_group.this.name
      insights      = true
      insights_key  = "arn:aws:kms:us-east-1:111122223333:key/data"
      insights_days = 7
      insights_mode = "standard"
      interval      = 30
      role          = aws_iam_role.monitoring.arn
      logs          = toset(["postgresql", "upgrade"])
    })
    error_message = "Maintenance or observation of the primary is not as promised."
  }

  assert {
    condition = jsonencode({
      name    = aws_db_subnet_group.this.name
      subnets = aws_db_subnet_group.this.subnet_ids
      }) == jsonencode({
      name    = "fieldday-production"
      subnets = toset(["subnet-1", "subnet-2", "subnet-3"])
    })
    error_message = "The subnet group does not hold the given subnets."
  }

  assert {
    condition = jsonencode({
      name = aws_security_group.this.name
      vpc  = aws_security_group.this.vpc_id
      }) == jsonencode({
      name = "fieldday-production-database"
      vpc  = "vpc-0a1b2c3d4e5f60718"
    })
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
      bastion = { from = "sg-bastion", cidr = null, protocol = "tcp", ports = "5432-5432", group = aws_security_group.this.id, why = "PostgreSQL from bastion" }
      nodes   = { from = "sg-nodes", cidr = null, protocol = "tcp", ports = "5432-5432", group = aws_security_group.this.id, why = "PostgreSQL from nodes" }
    })
    error_message = "Others than the given groups may connect, or these may not."
  }

  assert {
    condition = jsonencode({
      region = aws_db_instance_automated_backups_replication.this[0].region
      source = aws_db_instance_automated_backups_replication.this[0].source_db_instance_arn
      key    = aws_db_instance_automated_backups_replication.this[0].kms_key_id
      days   = aws_db_instance_automated_backups_replication.this[0].retention_period
      }) == jsonencode({
      region = "us-west-2"
      source = aws_db_instance.primary.arn
      key    = "arn:aws:kms:us-west-2:111122223333:key/recovery"
      days   = 30
    })
    error_message = "Backups and WAL are not copied to the recovery region."
  }

  assert {
    condition = jsonencode({
      for name, replica in aws_db_instance.replica : name => {
        identifier    = replica.identifier
        source        = replica.replicate_source_db
        class         = replica.instance_class
        iam           = replica.iam_database_authentication_enabled
        ca            = replica.ca_cert_identifier
        limit         = replica.max_allocated_storage
        encrypted     = replica.storage_encrypted
        storage       = replica.storage_type
        multi_az      = replica.multi_az
        groups        = tolist(replica.vpc_security_group_ids)
        public        = replica.publicly_accessible
        port          = replica.port
        backups       = replica.backup_retention_period
        skip_final    = replica.skip_final_snapshot
        protected     = replica.deletion_protection
        parameters    = replica.parameter_group_name
        window        = replica.maintenance_window
        minor         = replica.auto_minor_version_upgrade
        tags_copied   = replica.copy_tags_to_snapshot
        insights      = replica.performance_insights_enabled
        insights_key  = replica.performance_insights_kms_key_id
        insights_days = replica.performance_insights_retention_period
        insights_mode = replica.database_insights_mode
        interval      = replica.monitoring_interval
        role          = replica.monitoring_role_arn
        logs          = replica.enabled_cloudwatch_logs_exports
        name          = replica.tags["Name"]
        data_class    = replica.tags["DataClass"]
      }
      }) == jsonencode({
      reports = {
        identifier    = "fieldday-production-reports"
        source        = "fieldday-production"
        class         = "db.r8g.xlarge"
        iam           = true
        ca            = "rds-ca-rsa2048-g1"
        limit         = 500
        encrypted     = true
        storage       = "gp3"
        multi_az      = false
        groups        = tolist([aws_security_group.this.id])
        public        = false
        port          = 5432
        backups       = 0
        skip_final    = true
        protected     = true
        parameters    = aws_db_parameter_group.this.name
        window        = "sun:04:00-sun:05:00"
        minor         = true
        tags_copied   = true
        insights      = true
        insights_key  = "arn:aws:kms:us-east-1:111122223333:key/data"
        insights_days = 7
        insights_mode = "standard"
        interval      = 30
        role          = aws_iam_role.monitoring.arn
        logs          = toset(["postgresql", "upgrade"])
        name          = "fieldday-production-reports"
        data_class    = "transactional"
      }
    })
    error_message = "The replica is not guarded and watched as the primary is."
  }

  assert {
    condition = jsonencode({ for key, group in aws_cloudwatch_log_group.replica : key => [group.name, group.kms_key_id, tostring(group.retention_in_days)] }) == jsonencode({
      reports-postgresql = ["/aws/rds/instance/fieldday-production-reports/postgresql", "arn:aws:kms:us-east-1:111122223333:key/logs", "400"]
      reports-upgrade    = ["/aws/rds/instance/fieldday-production-reports/upgrade", "arn:aws:kms:us-east-1:111122223333:key/logs", "400"]
    })
    error_message = "The replica's logs are kept without key or end."
  }

  assert {
    condition = jsonencode({
      addresses = output.replica_addresses
      ids       = output.replica_ids
      }) == jsonencode({
      addresses = { reports = aws_db_instance.replica["reports"].address }
      ids       = { reports = "fieldday-production-reports" }
    })
    error_message = "The replica is not in the outputs."
  }

  assert {
    condition = jsonencode({ for kind, group in aws_cloudwatch_log_group.this : kind => [group.name, group.kms_key_id, tostring(group.retention_in_days)] }) == jsonencode({
      postgresql = ["/aws/rds/instance/fieldday-production/postgresql", "arn:aws:kms:us-east-1:111122223333:key/logs", "400"]
      upgrade    = ["/aws/rds/instance/fieldday-production/upgrade", "arn:aws:kms:us-east-1:111122223333:key/logs", "400"]
    })
    error_message = "The logs are kept without key or end."
  }

  assert {
    condition = aws_iam_role.monitoring.assume_role_policy == jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "monitoring.rds.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      }]
    })
    error_message = "Others than RDS's monitoring for this account may take the monitoring role."
  }

  assert {
    condition = jsonencode({
      name   = aws_iam_role.monitoring.name
      limit  = aws_iam_role.monitoring.permissions_boundary
      role   = aws_iam_role_policy_attachment.monitoring.role
      policy = aws_iam_role_policy_attachment.monitoring.policy_arn
      }) == jsonencode({
      name   = "fieldday-production-rds-monitoring"
      limit  = "arn:aws:iam::111122223333:policy/boundary"
      role   = "fieldday-production-rds-monitoring"
      policy = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    })
    error_message = "The monitoring role may do more or less than write metrics."
  }

  assert {
    condition = jsonencode({
      name       = aws_db_event_subscription.this.name
      topic      = aws_db_event_subscription.this.sns_topic
      kind       = aws_db_event_subscription.this.source_type
      sources    = aws_db_event_subscription.this.source_ids
      categories = aws_db_event_subscription.this.event_categories
      }) == jsonencode({
      name       = "fieldday-production"
      topic      = "arn:aws:sns:us-east-1:111122223333:alerts"
      kind       = "db-instance"
      sources    = toset(["fieldday-production", "fieldday-production-reports"])
      categories = toset(["availability", "deletion", "failover", "failure", "low storage", "notification", "recovery"])
    })
    error_message = "Nobody hears of a failover or a failure."
  }

  assert {
    condition = jsonencode({ for user, policy in output.connect_policies : user => jsondecode(policy) }) == jsonencode({
      api = {
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "rds-db:connect", Resource = "arn:aws:rds-db:us-east-1:111122223333:dbuser:db-MOCKRESOURCE/api" }]
      }
      payments = {
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "rds-db:connect", Resource = "arn:aws:rds-db:us-east-1:111122223333:dbuser:db-MOCKRESOURCE/payments" }]
      }
    })
    error_message = "A service may sign in as another's user."
  }

  assert {
    condition = jsonencode({
      instance_id            = output.instance_id
      instance_arn           = output.instance_arn
      resource_id            = output.resource_id
      address                = output.address
      port                   = output.port
      database_name          = output.database_name
      security_group_id      = output.security_group_id
      subnet_group_name      = output.subnet_group_name
      parameter_group_name   = output.parameter_group_name
      master_user_secret_arn = output.master_user_secret_arn
      allocated_storage_gib  = output.allocated_storage_gib
      log_group              = output.log_group_names["postgresql"]
      }) == jsonencode({
      instance_id            = "fieldday-production"
      instance_arn           = aws_db_instance.primary.arn
      resource_id            = "db-MOCKRESOURCE"
      address                = aws_db_instance.primary.address
      port                   = 5432
      database_name          = "fieldday"
      security_group_id      = aws_security_group.this.id
      subnet_group_name      = "fieldday-production"
      parameter_group_name   = "fieldday-production-postgres18"
      master_user_secret_arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db"
      allocated_storage_gib  = 100
      log_group              = "/aws/rds/instance/fieldday-production/postgresql"
    })
    error_message = "An output gives something else than it says."
  }

  assert {
    condition = jsonencode({
      for resource, tags in {
        primary    = aws_db_instance.primary.tags
        subnets    = aws_db_subnet_group.this.tags
        group      = aws_security_group.this.tags
        rule       = aws_vpc_security_group_ingress_rule.this["nodes"].tags
        parameters = aws_db_parameter_group.this.tags
        role       = aws_iam_role.monitoring.tags
        events     = aws_db_event_subscription.this.tags
        log        = aws_cloudwatch_log_group.this["upgrade"].tags
      } : resource => jsonencode(tags) == jsonencode(merge(var.tags, { Name = tags["Name"] })) ? tags["Name"] : "tags missing"
      }) == jsonencode({
      primary    = "fieldday-production"
      subnets    = "fieldday-production"
      group      = "fieldday-production-database"
      rule       = "fieldday-production-database-from-nodes"
      parameters = "fieldday-production-postgres18"
      role       = "fieldday-production-rds-monitoring"
      events     = "fieldday-production"
      log        = "/aws/rds/instance/fieldday-production/upgrade"
    })
    error_message = "A resource lacks the tags or its name."
  }
}

run "development" {
  variables {
    engine_version              = "17.6"
    slow_statement_milliseconds = 250
    parameters                  = { work_mem = { value = "16384" } }
    recovery_region             = null
    recovery_kms_key_arn        = null
    multi_az                    = false
    deletion_protection         = false
    tags = {
      Service     = "postgresql"
      Environment = "development"
      Owner       = "platform"
      CostCentre  = "platform"
      DataClass   = "transactional"
    }
  }

  assert {
    condition = jsonencode({
      name   = aws_db_parameter_group.this.name
      family = aws_db_parameter_group.this.family
      }) == jsonencode({
      name   = "fieldday-production-postgres17"
      family = "postgres17"
    })
    error_message = "The parameter group is not of the engine's major version."
  }

  assert {
    condition = jsonencode({ for one in aws_db_parameter_group.this.parameter : one.name => "${one.value} ${one.apply_method}" }) == jsonencode({
      "rds.force_ssl"                       = "1 immediate"
      "ssl_min_protocol_version"            = "TLSv1.2 immediate"
      "password_encryption"                 = "scram-sha-256 immediate"
      "log_disconnections"                  = "1 immediate"
      "log_lock_waits"                      = "1 immediate"
      "log_statement"                       = "ddl immediate"
      "log_min_duration_statement"          = "250 immediate"
      "log_autovacuum_min_duration"         = "1000 immediate"
      "idle_in_transaction_session_timeout" = "60000 immediate"
      "shared_preload_libraries"            = "pg_stat_statements pending-reboot"
      "work_mem"                            = "16384 immediate"
    })
    error_message = "Plain connections are let in, or slow statements, locks and schema changes are not logged."
  }

  assert {
    condition     = length(aws_db_instance_automated_backups_replication.this) == 0
    error_message = "Backups are copied although no recovery region is named."
  }

  assert {
    condition     = !aws_db_instance.primary.multi_az && !aws_db_instance.primary.deletion_protection
    error_message = "Development is not free to do without a standby and deletion protection."
  }
}
