resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(["engine-log", "slow-log"])

  name              = "/aws/elasticache/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = merge(var.tags, { Name = "/aws/elasticache/${var.name}/${each.key}" })
}
