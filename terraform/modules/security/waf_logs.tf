locals {
  waf_logs = {
    cloudfront = { region = "us-east-1", acl = aws_wafv2_web_acl.cloudfront.arn }
    regional   = { region = local.region, acl = aws_wafv2_web_acl.regional.arn }
  }
}

resource "aws_cloudwatch_log_group" "waf" {
  for_each = local.waf_logs

  region = each.value.region
  # WAF only writes to groups whose names begin so.
  name              = "aws-waf-logs-${var.name}-${each.key}"
  retention_in_days = var.audit_retention_days
  # A group in us-east-1 can't use a key of another region; CloudWatch Logs' own key encrypts it there.
  kms_key_id = each.value.region == local.region ? aws_kms_key.this["logs"].arn : null

  tags = merge(var.tags, { Name = "aws-waf-logs-${var.name}-${each.key}" })
}

# Permitted requests are in the load balancer's log.
resource "aws_wafv2_web_acl_logging_configuration" "this" {
  for_each = local.waf_logs

  region                  = each.value.region
  resource_arn            = each.value.acl
  log_destination_configs = [aws_cloudwatch_log_group.waf[each.key].arn]

  dynamic "redacted_fields" {
    for_each = ["authorization", "cookie"]

    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }

  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}
