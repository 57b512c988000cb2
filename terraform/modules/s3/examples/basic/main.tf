# The five buckets with copies in a second region, and the distribution of the static assets.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "s3" {
  source = "../.."

  name                        = "fieldday-example"
  kms_key_arn                 = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  assets_kms_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/3e4f5061-7283-94a5-b6c7-d8e9f0011223"
  recovery_region             = "us-west-2"
  recovery_kms_key_arn        = "arn:aws:kms:us-west-2:111122223333:key/1c2d3e4f-5061-7283-94a5-b6c7d8e9f001"
  recovery_assets_kms_key_arn = "arn:aws:kms:us-west-2:111122223333:key/4f506172-8394-a5b6-c7d8-e9f001122334"
  upload_origins              = ["https://app.fieldday.example"]
  aliases                     = ["static.fieldday.example"]
  certificate_arn             = "arn:aws:acm:us-east-1:111122223333:certificate/50617283-94a5-b6c7-d8e9-f00112233445"
  web_acl_arn                 = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/fieldday-example/61728394-a5b6-c7d8-e9f0-011223344556"

  tags = {
    Service     = "files"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

output "bucket_names" {
  description = "The buckets by purpose."
  value       = module.s3.bucket_names
}
