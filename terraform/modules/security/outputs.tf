output "kms_key_arns" {
  description = "Keys by what they protect: assets, backups, data, kubernetes, logs, secrets."
  value       = { for class, key in aws_kms_key.this : class => key.arn }
}

output "recovery_kms_key_arns" {
  description = "Keys of the recovery region by what they protect; empty without one."
  value       = { for class, key in aws_kms_key.recovery : class => key.arn }
}

output "service_secret_arns" {
  description = "By service: its secret."
  value       = { for service, secret in aws_secretsmanager_secret.service : service => secret.arn }
}

output "secrets_reader_policy" {
  description = "The policy, as JSON, that lets the External Secrets operator read the services' secrets and no other."
  value       = jsonencode(local.secrets_reader_policy)
}

output "web_acl_arn" {
  description = "Web application firewall for the load balancer."
  value       = aws_wafv2_web_acl.regional.arn
}

output "cloudfront_web_acl_arn" {
  description = "Web application firewall for the distribution of the static assets."
  value       = aws_wafv2_web_acl.cloudfront.arn
}

output "role_arns" {
  description = "Roles by name: release, provisioner, snapshots, drill; viewer, operator, break-glass."
  value = merge(
    { for role, made in aws_iam_role.automation : role => made.arn },
    { for role, made in aws_iam_role.human : role => made.arn },
  )
}

output "permissions_boundary_arn" {
  description = "Permissions boundary of every role that the provisioner creates."
  value       = aws_iam_policy.boundary.arn
}

output "audit_bucket" {
  description = "Bucket of the audit trail; null without the account's baseline."
  value       = try(aws_s3_bucket.audit["audit"].bucket, null)
}

output "trail_arn" {
  description = "The audit trail; null without the account's baseline."
  value       = one(aws_cloudtrail.this[*].arn)
}

output "trail_log_group_name" {
  description = "Log group of the audit trail, in which drift is looked up; null without the account's baseline."
  value       = one(aws_cloudwatch_log_group.trail[*].name)
}

output "detector_id" {
  description = "GuardDuty's detector; null without the account's baseline."
  value       = one(aws_guardduty_detector.this[*].id)
}

output "rotation_policy" {
  description = "The policy, as JSON, of the function that rotates (functions/rotate_secret.py)."
  value       = jsonencode(local.rotation_policy)
}
