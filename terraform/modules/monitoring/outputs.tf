output "alerts_topic_arn" {
  description = "Topic of the platform's channel, to which other modules publish."
  value       = aws_sns_topic.this[trimprefix(var.platform_channel, "#")].arn
}

output "topic_arns" {
  description = "Topics by paging channel, without its #."
  value       = { for channel, topic in aws_sns_topic.this : channel => topic.arn }
}

output "alarm_names" {
  description = "Every CloudWatch alarm."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}

output "log_group_names" {
  description = "By service: the log group to which its pods' logs are shipped."
  value       = { for service, group in aws_cloudwatch_log_group.service : service => group.name }
}

output "dashboard_names" {
  description = "The dashboards."
  value       = sort([for dashboard in aws_cloudwatch_dashboard.this : dashboard.dashboard_name])
}

output "thresholds" {
  description = "The six thresholds in force."
  value       = var.thresholds
}
