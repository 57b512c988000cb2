# A cache for production: a primary and two replicas over three zones, IAM authentication.
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

module "redis" {
  source = "../.."

  name                       = "fieldday-example"
  vpc_id                     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids                 = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712", "subnet-0a1b2c3d4e5f60713"]
  allowed_security_group_ids = { nodes = "sg-0a1b2c3d4e5f60718" }
  node_type                  = "cache.r7g.large"
  kms_key_arn                = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  log_kms_key_arn            = "arn:aws:kms:us-east-1:111122223333:key/2d3e4f50-6172-8394-a5b6-c7d8e9f00112"

  tags = {
    Service     = "cache"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

output "primary_endpoint" {
  description = "Host name of the primary."
  value       = module.redis.primary_endpoint
}
