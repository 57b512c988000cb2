output "bucket_names" {
  description = "The buckets by what they are for."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.id }
}
