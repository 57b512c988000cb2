# What nobody should do, or not unnoticed; most are the CIS AWS Foundations Benchmark's, section 4.
locals {
  trail_patterns = !var.account_baseline ? {} : {
    audit-changed         = "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteDetector) || ($.eventName = StopConfigurationRecorder) }"
    backup-deleted        = "{ ($.eventName = DeleteRecoveryPoint) || ($.eventName = DeleteBackupVault) || ($.eventName = DeleteBackupVaultLockConfiguration) }"
    break-glass-taken     = "{ ($.eventName = AssumeRole) && ($.requestParameters.roleArn = \"${local.break_glass_arn}\") }"
    calls-refused         = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"
    key-deleted           = "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
    root-used             = "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }"
    signed-in-without-mfa = "{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != \"Yes\") && ($.userIdentity.type = \"IAMUser\") && ($.responseElements.ConsoleLogin = \"Success\") }"
  }

  # Pipelines are refused now and then; a burst is somebody probing.
  trail_limits = { calls-refused = 20 }

  break_glass_arn = "arn:${local.partition}:iam::${local.account}:role/${var.name}-break-glass"
}

resource "aws_cloudwatch_log_metric_filter" "trail" {
  for_each = local.trail_patterns

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.trail[0].name
  pattern        = each.value

  metric_transformation {
    namespace     = "FieldDay/Security"
    name          = "${var.name}-${each.key}"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "trail" {
  for_each = local.trail_patterns

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "The audit trail of ${var.name} shows: ${replace(each.key, "-", " ")}."
  namespace           = "FieldDay/Security"
  metric_name         = aws_cloudwatch_log_metric_filter.trail[each.key].metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = lookup(local.trail_limits, each.key, 1)
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alerts_topic_arn]

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
