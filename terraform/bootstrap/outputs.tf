output "backend" {
  description = "What a root's backend \"s3\" block holds; its key is <cloud>/<environment>/terraform.tfstate."
  value = {
    bucket       = aws_s3_bucket.state.bucket
    region       = var.region
    encrypt      = true
    kms_key_id   = aws_kms_alias.state.name
    use_lockfile = true
  }
}

output "kms_key_arn" {
  description = "The key of the states; the role that applies must have permission to use it."
  value       = aws_kms_key.state.arn
}
