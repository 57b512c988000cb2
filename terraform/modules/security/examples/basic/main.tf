# Keys, secrets, roles, the firewall and the account's baseline for production.
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

module "security" {
  source = "../.."

  name            = "fieldday-example"
  services        = ["api", "payments"]
  recovery_region = "us-west-2"
  domain          = "fieldday.example"
  rate_limits     = { api = 1200, payments = 60 }
  rotation        = { function_arn = "arn:aws:lambda:us-east-1:111122223333:function:fieldday-example-rotate-secret", days = 30 }
  cluster_arn     = "arn:aws:eks:us-east-1:111122223333:cluster/fieldday-example"

  bucket_arns = {
    assets  = "arn:aws:s3:::fieldday-example-assets-111122223333"
    backups = "arn:aws:s3:::fieldday-example-backups-111122223333"
    reports = "arn:aws:s3:::fieldday-example-reports-111122223333"
    uploads = "arn:aws:s3:::fieldday-example-uploads-111122223333"
  }

  state_bucket_arn  = "arn:aws:s3:::fieldday-terraform-state-111122223333"
  state_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  alerts_topic_arn  = "arn:aws:sns:us-east-1:111122223333:fieldday-example-page-platform"

  tags = {
    Service     = "security"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "kms_key_arns" {
  description = "Keys by what they protect."
  value       = module.security.kms_key_arns
}
