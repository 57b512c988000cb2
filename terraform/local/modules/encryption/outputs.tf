output "key_arn" {
  description = "The key that encrypts buckets, the database and its secret."
  value       = aws_kms_key.this.arn
}
