output "id" {
  description = "The instance's identifier."
  value       = aws_db_instance.this.id
}

output "endpoint" {
  description = "Where it listens, as host:port."
  value       = aws_db_instance.this.endpoint
}

output "secret_arn" {
  description = "The secret with its credentials."
  value       = aws_secretsmanager_secret.this.arn
}

output "url" {
  description = "How a client connects, with its password."
  value       = "postgresql://${aws_db_instance.this.username}:${var.password}@${aws_db_instance.this.endpoint}/${aws_db_instance.this.name}"
  sensitive   = true
}
