data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  production = var.tags["Environment"] == "production"
  port       = 5432
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Database subnets of ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_db_instance" "primary" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class

  db_name                             = var.database_name
  username                            = var.master_username
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true
  ca_cert_identifier                  = var.ca_cert_identifier

  allocated_storage     = var.allocated_storage_gib
  max_allocated_storage = var.max_allocated_storage_gib
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  port                   = local.port

  backup_retention_period   = var.backup_retention_days
  backup_window             = var.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-final"

  parameter_group_name        = aws_db_parameter_group.this.name
  maintenance_window          = var.maintenance_window
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false
  apply_immediately           = false

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = var.performance_insights_retention_days
  database_insights_mode                = var.database_insights_mode
  monitoring_interval                   = var.monitoring_interval_seconds
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = local.log_kinds

  tags = merge(var.tags, { Name = var.name })

  # RDS would create the groups itself, without key and retention, and refuses a role that can't write metrics.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy_attachment.monitoring]

  lifecycle {
    precondition {
      condition     = !local.production || var.multi_az
      error_message = "multi_az: false in production. The failure of a zone would stop every service: set it to true."
    }

    precondition {
      condition     = !local.production || var.deletion_protection
      error_message = "deletion_protection: false in production. Set it to true."
    }

    precondition {
      condition     = !local.production || var.backup_retention_days >= 30
      error_message = "backup_retention_days: ${var.backup_retention_days} in production. Backups are promised for 30 days: keep at least 30."
    }

    precondition {
      condition     = !local.production || var.recovery_region != null
      error_message = "recovery_region: null in production. Backups would be lost with the region: name a second one."
    }

    precondition {
      condition     = var.max_allocated_storage_gib > var.allocated_storage_gib
      error_message = "max_allocated_storage_gib: ${var.max_allocated_storage_gib} leaves no room above the ${var.allocated_storage_gib} GiB at the start. Use more."
    }

    precondition {
      condition     = (var.database_insights_mode == "advanced") == (var.performance_insights_retention_days == 465)
      error_message = "performance_insights_retention_days: ${var.performance_insights_retention_days} does not go with database_insights_mode ${var.database_insights_mode}. Advanced keeps 465 days, standard 7 or 731."
    }
  }
}

resource "aws_db_instance" "replica" {
  #checkov:skip=CKV_AWS_133:A replica holds nothing that the primary's backups do not hold
  #checkov:skip=CKV_AWS_157:A replica that fails is made anew from the primary, which has a standby
  for_each = var.read_replicas

  identifier          = "${var.name}-${each.key}"
  replicate_source_db = aws_db_instance.primary.identifier
  instance_class      = each.value.instance_class

  iam_database_authentication_enabled = true
  ca_cert_identifier                  = var.ca_cert_identifier
  max_allocated_storage               = var.max_allocated_storage_gib
  storage_encrypted                   = true
  storage_type                        = "gp3"

  multi_az               = false
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  port                   = local.port

  backup_retention_period = 0
  skip_final_snapshot     = true
  deletion_protection     = var.deletion_protection

  parameter_group_name       = aws_db_parameter_group.this.name
  maintenance_window         = var.maintenance_window
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = var.performance_insights_retention_days
  database_insights_mode                = var.database_insights_mode
  monitoring_interval                   = var.monitoring_interval_seconds
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = local.log_kinds

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_cloudwatch_log_group.replica, aws_iam_role_policy_attachment.monitoring]
}
