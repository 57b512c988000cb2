locals {
  guardduty_features = ["EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"]

  # 7 and above is high or critical. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
  finding_pattern = {
    source        = ["aws.guardduty"]
    "detail-type" = ["GuardDuty Finding"]
    detail        = { severity = [{ numeric = [">=", 7] }] }
  }
}

resource "aws_guardduty_detector" "this" {
  #checkov:skip=CKV2_AWS_3:The check looks for an organization's configuration; this account stands alone
  count = local.baseline

  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_guardduty_detector_feature" "this" {
  for_each = toset(var.account_baseline ? local.guardduty_features : [])

  detector_id = aws_guardduty_detector.this[0].id
  name        = each.key
  status      = "ENABLED"

  # The agent on the cluster's nodes comes as an add-on that GuardDuty keeps.
  dynamic "additional_configuration" {
    for_each = each.key == "RUNTIME_MONITORING" ? ["EKS_ADDON_MANAGEMENT"] : []

    content {
      name   = additional_configuration.value
      status = "ENABLED"
    }
  }
}

resource "aws_cloudwatch_event_rule" "finding" {
  count = local.baseline

  name          = "${var.name}-guardduty-finding"
  description   = "A finding of high or critical severity"
  event_pattern = jsonencode(local.finding_pattern)

  tags = merge(var.tags, { Name = "${var.name}-guardduty-finding" })
}

resource "aws_cloudwatch_event_target" "finding" {
  count = local.baseline

  rule      = aws_cloudwatch_event_rule.finding[0].name
  target_id = "alerts"
  arn       = var.alerts_topic_arn
}
