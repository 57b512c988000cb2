output "security_group_id" {
  description = "The bastion's security group, to which databases and the API server permit access."
  value       = aws_security_group.this.id
}

output "autoscaling_group_name" {
  description = "The group whose one instance is the bastion."
  value       = aws_autoscaling_group.this.name
}

output "session_document" {
  description = "Document under which sessions run: aws ssm start-session --document-name <it>."
  value       = aws_ssm_document.session.name
}

output "role_arn" {
  description = "The bastion's role."
  value       = aws_iam_role.this.arn
}

output "log_group" {
  description = "Where sessions are logged."
  value       = aws_cloudwatch_log_group.sessions.name
}
