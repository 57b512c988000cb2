output "function_name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "function_arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "role_arn" {
  description = "The function's role."
  value       = aws_iam_role.this.arn
}

output "security_group_id" {
  description = "The function's security group, to which databases permit access; null without a network."
  value       = one(aws_security_group.this[*].id)
}

output "failed_queue" {
  description = "Name of the queue with the calls that failed: more than none is to be looked at."
  value       = aws_sqs_queue.failed.name
}

output "log_group" {
  description = "The function's log group."
  value       = aws_cloudwatch_log_group.this.name
}
