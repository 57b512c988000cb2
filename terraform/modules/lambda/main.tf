data "aws_caller_identity" "current" {}

locals {
  full_name = "${var.name}-${var.function}"
}

# Created from the file at plan, so that a change of the code shows in the plan.
data "archive_file" "this" {
  type             = "zip"
  source_file      = var.source_file
  output_path      = "${path.root}/.terraform/functions/${local.full_name}.zip"
  output_file_mode = "0644"
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_272:the code is a file of this repository, reviewed and planned with it; no pipeline of others could put in another
  function_name                  = local.full_name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  filename                       = data.archive_file.this.output_path
  source_code_hash               = data.archive_file.this.output_base64sha256
  handler                        = var.handler
  runtime                        = var.runtime
  architectures                  = ["arm64"]
  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [var.environment] : []

    content {
      variables = environment.value
    }
  }

  dynamic "vpc_config" {
    for_each = var.network == null ? [] : [var.network]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = [aws_security_group.this[0].id]
    }
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.failed.arn
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = "INFO"
    system_log_level      = "WARN"
  }

  tags = merge(var.tags, { Name = local.full_name })

  depends_on = [aws_iam_role_policy.own, aws_iam_role_policy.network]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.full_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = merge(var.tags, { Name = "/aws/lambda/${local.full_name}" })
}

# Asynchronous calls that failed three times.
resource "aws_sqs_queue" "failed" {
  name                              = "${local.full_name}-failed"
  message_retention_seconds         = 1209600
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300

  tags = merge(var.tags, { Name = "${local.full_name}-failed" })
}

resource "aws_security_group" "this" {
  count = var.network == null ? 0 : 1

  name        = local.full_name
  description = var.description
  vpc_id      = var.network.vpc_id

  tags = merge(var.tags, { Name = local.full_name })
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = var.network == null ? {} : var.network.egress

  security_group_id = aws_security_group.this[0].id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr

  tags = merge(var.tags, { Name = "${local.full_name}-${each.key}" })
}
