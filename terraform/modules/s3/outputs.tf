output "bucket_names" {
  description = "Buckets by purpose: assets, backups, logs, reports, uploads."
  value       = { for purpose in keys(local.originals) : purpose => aws_s3_bucket.this[purpose].bucket }
}

output "bucket_arns" {
  description = "ARNs of the buckets by purpose."
  value       = { for purpose in keys(local.originals) : purpose => aws_s3_bucket.this[purpose].arn }
}

output "logs_bucket" {
  description = "Bucket for the access logs of load balancers, S3 and CloudFront."
  value       = aws_s3_bucket.this["logs"].bucket
}

output "replica_names" {
  description = "Buckets of the recovery region by purpose."
  value       = { for purpose, copy in local.replicated : purpose => aws_s3_bucket.this[copy].bucket }
}

output "replica_arns" {
  description = "ARNs of the buckets of the recovery region by purpose."
  value       = { for purpose, copy in local.replicated : purpose => aws_s3_bucket.this[copy].arn }
}

output "distribution_id" {
  description = "The distribution of the static assets, for invalidations."
  value       = aws_cloudfront_distribution.assets.id
}

output "distribution_domain_name" {
  description = "CloudFront's own name of the distribution, to which the aliases point."
  value       = aws_cloudfront_distribution.assets.domain_name
}

output "distribution_zone_id" {
  description = "Route 53 zone of that name, for alias records."
  value       = aws_cloudfront_distribution.assets.hosted_zone_id
}

output "services_policies" {
  description = "By purpose (uploads, reports): the policy, as JSON, that lets a service read and write objects there and no more."
  value       = { for purpose, policy in local.services_policies : purpose => jsonencode(policy) }
}
