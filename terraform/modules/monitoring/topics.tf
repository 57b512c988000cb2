locals {
  # Only alarms, findings and events of this account.
  topic_policies = {
    for channel in local.channels : channel => {
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "LetServicesAlert"
          Effect = "Allow"
          Principal = {
            Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"]
          }
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.this[channel].arn
          Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
        },
        # AWS Backup does not guarantee to name the account for which it publishes.
        {
          Sid       = "LetBackupsAlert"
          Effect    = "Allow"
          Principal = { Service = "backup.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.this[channel].arn
          Condition = { StringEqualsIfExists = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
        },
        {
          Sid       = "RefusePlainHttp"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.this[channel].arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ]
    }
  }

  subscriptions = merge([
    for channel, list in var.subscriptions : {
      for one in list : "${trimprefix(channel, "#")} ${one.protocol} ${one.endpoint}" => merge(one, { channel = trimprefix(channel, "#") })
    }
  ]...)
}

resource "aws_sns_topic" "this" {
  for_each = local.channels

  name              = "${var.name}-${each.key}"
  display_name      = "FieldDay ${local.environment} ${each.key}"
  kms_master_key_id = var.kms_key_arn
  signature_version = 2

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.channels

  arn    = aws_sns_topic.this[each.key].arn
  policy = jsonencode(local.topic_policies[each.key])
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions

  topic_arn = try(aws_sns_topic.this[each.value.channel].arn, "")
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint

  lifecycle {
    precondition {
      condition     = contains(local.channels, each.value.channel)
      error_message = "subscriptions: #${each.value.channel} is not a channel of a service. Use one of ${join(", ", [for channel in local.channels : "#${channel}"])}."
    }
  }
}
