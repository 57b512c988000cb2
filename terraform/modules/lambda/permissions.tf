resource "aws_iam_role" "this" {
  name                 = local.full_name
  description          = var.description
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })

  tags = merge(var.tags, { Name = local.full_name })
}

resource "aws_iam_role_policy" "own" {
  name = "own"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      {
        Sid      = "KeepFailedCalls"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = aws_sqs_queue.failed.arn
      },
      {
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
      {
        # X-Ray has no resources to name.
        Sid      = "Trace"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
      },
    ]
  })
}

# Lambda creates the function's network interface with the function's role.
resource "aws_iam_role_policy" "network" {
  count = var.network == null ? 0 : 1

  #checkov:skip=CKV_AWS_290:EC2 knows the interfaces' ids only once they are made, so no resource can be named
  #checkov:skip=CKV_AWS_355:EC2 knows the interfaces' ids only once they are made, so no resource can be named
  name = "network"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "HaveInterfaces"
      Effect = "Allow"
      Action = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy" "given" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.this.name
  policy = each.value
}

resource "aws_lambda_permission" "invoker" {
  for_each = var.invokers

  statement_id   = each.key
  function_name  = aws_lambda_function.this.function_name
  action         = "lambda:InvokeFunction"
  principal      = each.value.principal
  source_arn     = each.value.source_arn
  source_account = data.aws_caller_identity.current.account_id
}

resource "aws_lambda_permission" "schedule" {
  for_each = var.schedules

  statement_id   = "schedule-${each.key}"
  function_name  = aws_lambda_function.this.function_name
  action         = "lambda:InvokeFunction"
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.schedule[each.key].arn
  source_account = data.aws_caller_identity.current.account_id
}

resource "aws_cloudwatch_event_rule" "schedule" {
  for_each = var.schedules

  name                = "${local.full_name}-${each.key}"
  description         = "Calls ${local.full_name}"
  schedule_expression = each.value
  state               = "ENABLED"

  tags = merge(var.tags, { Name = "${local.full_name}-${each.key}" })
}

resource "aws_cloudwatch_event_target" "schedule" {
  for_each = var.schedules

  rule      = aws_cloudwatch_event_rule.schedule[each.key].name
  target_id = "function"
  arn       = aws_lambda_function.this.arn
  input     = jsonencode({ schedule = each.key })

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 3
  }

  dead_letter_config {
    arn = aws_sqs_queue.failed.arn
  }
}

resource "aws_sqs_queue_policy" "failed" {
  count = length(var.schedules) > 0 ? 1 : 0

  queue_url = aws_sqs_queue.failed.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "KeepCallsThatWereNotMade"
      Effect    = "Allow"
      Action    = "sqs:SendMessage"
      Principal = { Service = "events.amazonaws.com" }
      Resource  = aws_sqs_queue.failed.arn
      Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.schedule : rule.arn] } }
    }]
  })
}
