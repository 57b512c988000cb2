# A function: what it may do, what becomes of a call that fails, and who calls it.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/fieldday-test-hello" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/fieldday-test-hello" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:111122223333:fieldday-test-hello-failed", url = "https://sqs.us-east-1.amazonaws.com/111122223333/fieldday-test-hello-failed" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:111122223333:function:fieldday-test-hello" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:111122223333:rule/fieldday-test-hello-daily" }
  }
}

mock_provider "archive" {
  mock_data "archive_file" {
    defaults = { output_base64sha256 = "c2hhMjU2" }
  }
}

run "function" {
  assert {
    condition = jsonencode([
      aws_lambda_function.this.function_name, aws_lambda_function.this.description, aws_lambda_function.this.role, aws_lambda_function.this.filename,
      aws_lambda_function.this.source_code_hash, aws_lambda_function.this.handler, aws_lambda_function.this.runtime, aws_lambda_function.this.architectures,
      aws_lambda_function.this.memory_size, aws_lambda_function.this.timeout, aws_lambda_function.this.reserved_concurrent_executions,
      aws_lambda_function.this.kms_key_arn,
      ]) == jsonencode([
      "fieldday-test-hello", "Says hello", "arn:aws:iam::111122223333:role/fieldday-test-hello", "./.terraform/functions/fieldday-test-hello.zip",
      "c2hhMjU2", "hello.handler", "python3.13", ["arm64"], 256, 60, 5, "arn:aws:kms:us-east-1:111122223333:key/data",
    ])
    error_message = "The function differs from what was asked for, or may take every call of the account."
  }

  assert {
    condition     = jsonencode([data.archive_file.this.type, data.archive_file.this.source_file, data.archive_file.this.output_file_mode]) == jsonencode(["zip", "./examples/basic/hello.py", "0644"])
    error_message = "Another file is run, or its archive differs from one machine to another."
  }

  assert {
    condition = jsonencode([
      aws_lambda_function.this.dead_letter_config[0].target_arn, aws_lambda_function.this.tracing_config[0].mode,
      aws_lambda_function.this.logging_config[0].log_format, aws_lambda_function.this.logging_config[0].log_group,
      aws_lambda_function.this.logging_config[0].application_log_level, aws_lambda_function.this.logging_config[0].system_log_level,
      length(aws_lambda_function.this.environment), length(aws_lambda_function.this.vpc_config),
    ]) == jsonencode(["arn:aws:sqs:us-east-1:111122223333:fieldday-test-hello-failed", "Active", "JSON", "/aws/lambda/fieldday-test-hello", "INFO", "WARN", 0, 0])
    error_message = "Failed calls are lost, or calls are not traced or logged."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_group.this.name, aws_cloudwatch_log_group.this.retention_in_days, aws_cloudwatch_log_group.this.kms_key_id,
    ]) == jsonencode(["/aws/lambda/fieldday-test-hello", 365, "arn:aws:kms:us-east-1:111122223333:key/logs"])
    error_message = "The log is not encrypted by the key, or not kept for a year."
  }

  assert {
    condition = jsonencode([
      aws_sqs_queue.failed.name, aws_sqs_queue.failed.message_retention_seconds, aws_sqs_queue.failed.kms_master_key_id, aws_sqs_queue.failed.kms_data_key_reuse_period_seconds,
    ]) == jsonencode(["fieldday-test-hello-failed", 1209600, "arn:aws:kms:us-east-1:111122223333:key/data", 300])
    error_message = "Failed calls are not encrypted by the key, or not kept for 14 days."
  }

  assert {
    condition     = jsonencode([length(aws_security_group.this), length(aws_vpc_security_group_egress_rule.this), length(aws_iam_role_policy.network), length(aws_sqs_queue_policy.failed), output.security_group_id]) == jsonencode([0, 0, 0, 0, null])
    error_message = "A function without a network or schedule has something for one."
  }

  assert {
    condition = jsonencode([output.function_name, output.function_arn, output.role_arn, output.failed_queue, output.log_group]) == jsonencode([
      "fieldday-test-hello", "arn:aws:lambda:us-east-1:111122223333:function:fieldday-test-hello", "arn:aws:iam::111122223333:role/fieldday-test-hello",
      "fieldday-test-hello-failed", "/aws/lambda/fieldday-test-hello",
    ])
    error_message = "An output gives something else than its name says."
  }
}

run "permissions" {
  variables {
    policies                 = { secrets = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"arn\"}]}" }
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "lambda.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      }]
    }
    error_message = "Others than this account's functions may take the role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.own.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/fieldday-test-hello:*"
        },
        { Sid = "KeepFailedCalls", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = "arn:aws:sqs:us-east-1:111122223333:fieldday-test-hello-failed" },
        { Sid = "UseKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = "arn:aws:kms:us-east-1:111122223333:key/data" },
        { Sid = "Trace", Effect = "Allow", Action = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], Resource = "*" },
      ]
    }
    error_message = "The function may do more or less than write its logs, its traces and its failed calls."
  }

  assert {
    condition = jsonencode([
      aws_iam_role.this.name, aws_iam_role.this.description, aws_iam_role.this.permissions_boundary, aws_iam_role_policy.own.role, aws_iam_role_policy.own.name,
      aws_iam_role_policy.given["secrets"].role, aws_iam_role_policy.given["secrets"].name, aws_iam_role_policy.given["secrets"].policy,
      ]) == jsonencode([
      "fieldday-test-hello", "Says hello", "arn:aws:iam::111122223333:policy/boundary", "fieldday-test-hello", "own",
      "fieldday-test-hello", "secrets", var.policies.secrets,
    ])
    error_message = "The role lacks what it was given, or its boundary."
  }
}

run "in_a_network" {
  variables {
    environment = { LOG_LEVEL = "INFO" }
    network = {
      vpc_id     = "vpc-0a1b2c3d4e5f60718"
      subnet_ids = ["subnet-a", "subnet-b"]
      egress     = { https = { port = 443, cidr = "0.0.0.0/0" }, postgresql = { port = 5432, cidr = "10.0.16.0/20" } }
    }
  }

  assert {
    condition = jsonencode([
      sort(aws_lambda_function.this.vpc_config[0].subnet_ids), aws_lambda_function.this.vpc_config[0].security_group_ids, aws_lambda_function.this.environment[0].variables,
    ]) == jsonencode([["subnet-a", "subnet-b"], [aws_security_group.this[0].id], { LOG_LEVEL = "INFO" }])
    error_message = "The function is not in its network, or lacks its environment."
  }

  assert {
    condition = jsonencode({
      for name, rule in aws_vpc_security_group_egress_rule.this : name => [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4, rule.tags.Name]
      }) == jsonencode({
      https      = [aws_security_group.this[0].id, "tcp", 443, 443, "0.0.0.0/0", "fieldday-test-hello-https"]
      postgresql = [aws_security_group.this[0].id, "tcp", 5432, 5432, "10.0.16.0/20", "fieldday-test-hello-postgresql"]
    })
    error_message = "The function reaches more than was named."
  }

  assert {
    condition     = aws_security_group.this[0].vpc_id == "vpc-0a1b2c3d4e5f60718" && aws_security_group.this[0].name == "fieldday-test-hello" && output.security_group_id == aws_security_group.this[0].id
    error_message = "The security group is not of this network."
  }

  assert {
    condition = aws_iam_role_policy.network[0].role == "fieldday-test-hello" && aws_iam_role_policy.network[0].name == "network" && jsondecode(aws_iam_role_policy.network[0].policy) == {
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
    }
    error_message = "The function can't have its interfaces, or may do more in the network."
  }
}

run "callers" {
  variables {
    schedules = { daily = "cron(0 3 * * ? *)" }
    invokers = {
      rotation = { principal = "secretsmanager.amazonaws.com" }
      topic    = { principal = "sns.amazonaws.com", source_arn = "arn:aws:sns:us-east-1:111122223333:alerts" }
    }
    memory_mb            = 512
    timeout_seconds      = 30
    reserved_concurrency = 1
    runtime              = "nodejs22.x"
    log_retention_days   = 90
  }

  assert {
    condition = jsonencode({
      for name, permission in merge(aws_lambda_permission.invoker, { for name, permission in aws_lambda_permission.schedule : "schedule-${name}" => permission }) :
      permission.statement_id => [permission.function_name, permission.action, permission.principal, permission.source_arn, permission.source_account]
      }) == jsonencode({
      rotation       = ["fieldday-test-hello", "lambda:InvokeFunction", "secretsmanager.amazonaws.com", null, "111122223333"]
      topic          = ["fieldday-test-hello", "lambda:InvokeFunction", "sns.amazonaws.com", "arn:aws:sns:us-east-1:111122223333:alerts", "111122223333"]
      schedule-daily = ["fieldday-test-hello", "lambda:InvokeFunction", "events.amazonaws.com", "arn:aws:events:us-east-1:111122223333:rule/fieldday-test-hello-daily", "111122223333"]
    })
    error_message = "Other accounts' services may call the function."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_event_rule.schedule["daily"].name, aws_cloudwatch_event_rule.schedule["daily"].schedule_expression, aws_cloudwatch_event_rule.schedule["daily"].state,
      aws_cloudwatch_event_target.schedule["daily"].rule, aws_cloudwatch_event_target.schedule["daily"].arn, aws_cloudwatch_event_target.schedule["daily"].input,
      aws_cloudwatch_event_target.schedule["daily"].target_id,
      aws_cloudwatch_event_target.schedule["daily"].retry_policy[0].maximum_event_age_in_seconds, aws_cloudwatch_event_target.schedule["daily"].retry_policy[0].maximum_retry_attempts,
      aws_cloudwatch_event_target.schedule["daily"].dead_letter_config[0].arn,
      ]) == jsonencode([
      "fieldday-test-hello-daily", "cron(0 3 * * ? *)", "ENABLED", "fieldday-test-hello-daily", "arn:aws:lambda:us-east-1:111122223333:function:fieldday-test-hello",
      "{\"schedule\":\"daily\"}", "function", 3600, 3, "arn:aws:sqs:us-east-1:111122223333:fieldday-test-hello-failed",
    ])
    error_message = "The function is not called when it should be, or a call that was not made is lost."
  }

  assert {
    condition = aws_sqs_queue_policy.failed[0].queue_url == aws_sqs_queue.failed.url && jsondecode(aws_sqs_queue_policy.failed[0].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "KeepCallsThatWereNotMade"
        Effect    = "Allow"
        Action    = "sqs:SendMessage"
        Principal = { Service = "events.amazonaws.com" }
        Resource  = "arn:aws:sqs:us-east-1:111122223333:fieldday-test-hello-failed"
        Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:events:us-east-1:111122223333:rule/fieldday-test-hello-daily"] } }
      }]
    }
    error_message = "Others than the function's schedules may write into the queue."
  }

  assert {
    condition = jsonencode([
      aws_lambda_function.this.memory_size, aws_lambda_function.this.timeout, aws_lambda_function.this.reserved_concurrent_executions,
      aws_lambda_function.this.runtime, aws_cloudwatch_log_group.this.retention_in_days,
    ]) == jsonencode([512, 30, 1, "nodejs22.x", 90])
    error_message = "What was asked for was not made."
  }
}

run "tags" {
  variables {
    schedules = { daily = "cron(0 3 * * ? *)" }
    network = {
      vpc_id     = "vpc-0a1b2c3d4e5f60718"
      subnet_ids = ["subnet-a", "subnet-b"]
      egress     = { https = { port = 443, cidr = "0.0.0.0/0" } }
    }
  }

  assert {
    condition = jsonencode([
      for resource in [
        aws_lambda_function.this, aws_cloudwatch_log_group.this, aws_sqs_queue.failed, aws_security_group.this[0], aws_vpc_security_group_egress_rule.this["https"],
        aws_iam_role.this, aws_cloudwatch_event_rule.schedule["daily"],
      ] : resource.tags
      ]) == jsonencode([
      for name in [
        "fieldday-test-hello", "/aws/lambda/fieldday-test-hello", "fieldday-test-hello-failed", "fieldday-test-hello", "fieldday-test-hello-https",
        "fieldday-test-hello", "fieldday-test-hello-daily",
      ] : merge(var.tags, { Name = name })
    ])
    error_message = "A resource lacks its name or one of the five tags."
  }
}
