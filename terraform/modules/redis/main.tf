data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  production = var.tags["Environment"] == "production"
  port       = 6379
  nodes      = var.replicas + 1
  node_ids   = [for number in range(1, local.nodes + 1) : format("%s-%03d", var.name, number)]
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "Cache subnets of ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV_AWS_31:Users sign in with IAM through the user group; a token would be a password that all share
  replication_group_id = var.name
  description          = "Cache and sessions of ${var.name}"
  engine               = var.engine
  engine_version       = var.engine_version
  node_type            = var.node_type
  port                 = local.port
  parameter_group_name = aws_elasticache_parameter_group.this.name

  num_cache_clusters         = local.nodes
  automatic_failover_enabled = var.multi_az
  multi_az_enabled           = var.multi_az
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  user_group_ids             = [aws_elasticache_user_group.this.user_group_id]

  snapshot_retention_limit  = var.snapshot_retention_days
  snapshot_window           = var.snapshot_window
  final_snapshot_identifier = "${var.name}-final"

  maintenance_window         = var.maintenance_window
  auto_minor_version_upgrade = true
  apply_immediately          = false

  dynamic "log_delivery_configuration" {
    for_each = aws_cloudwatch_log_group.this

    content {
      log_type         = log_delivery_configuration.key
      log_format       = "json"
      destination_type = "cloudwatch-logs"
      destination      = log_delivery_configuration.value.name
    }
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = !local.production || var.multi_az
      error_message = "multi_az: false in production. The failure of a zone would end every session: set it to true."
    }

    precondition {
      condition     = !var.multi_az || var.replicas >= 1
      error_message = "replicas: ${var.replicas} with multi_az. There is nothing to fail over to: use at least one."
    }

    precondition {
      condition     = !local.production || var.snapshot_retention_days >= 30
      error_message = "snapshot_retention_days: ${var.snapshot_retention_days} in production. Snapshots are promised for 30 days: keep at least 30."
    }
  }
}
