locals {
  log_kinds = toset(["postgresql", "upgrade"])

  replica_logs = merge([
    for replica in keys(var.read_replicas) : {
      for kind in local.log_kinds : "${replica}-${kind}" => "/aws/rds/instance/${var.name}-${replica}/${kind}"
    }
  ]...)

  monitoring_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_kinds

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = merge(var.tags, { Name = "/aws/rds/instance/${var.name}/${each.key}" })
}

resource "aws_cloudwatch_log_group" "replica" {
  for_each = local.replica_logs

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = merge(var.tags, { Name = each.value })
}

resource "aws_iam_role" "monitoring" {
  name                 = "${var.name}-rds-monitoring"
  description          = "Writes the operating system's metrics of ${var.name}'s databases to CloudWatch Logs"
  assume_role_policy   = jsonencode(local.monitoring_trust)
  permissions_boundary = var.permissions_boundary_arn

  tags = merge(var.tags, { Name = "${var.name}-rds-monitoring" })
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_event_subscription" "this" {
  name        = var.name
  sns_topic   = var.event_topic_arn
  source_type = "db-instance"
  source_ids  = concat([aws_db_instance.primary.identifier], [for replica in aws_db_instance.replica : replica.identifier])
  event_categories = [
    "availability",
    "deletion",
    "failover",
    "failure",
    "low storage",
    "notification",
    "recovery",
  ]

  tags = merge(var.tags, { Name = var.name })
}
