# A PostgreSQL for production: a standby in another zone, a read replica, backups in a second region.
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

module "rds" {
  source = "../.."

  name                       = "fieldday-example"
  vpc_id                     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids                 = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712", "subnet-0a1b2c3d4e5f60713"]
  allowed_security_group_ids = { nodes = "sg-0a1b2c3d4e5f60718" }
  instance_class             = "db.r8g.large"
  read_replicas              = { reports = { instance_class = "db.r8g.large" } }
  iam_users                  = ["api", "payments"]
  recovery_region            = "us-west-2"
  recovery_kms_key_arn       = "arn:aws:kms:us-west-2:111122223333:key/1c2d3e4f-5061-7283-94a5-b6c7d8e9f001"
  event_topic_arn            = "arn:aws:sns:us-east-1:111122223333:fieldday-example-page-platform"
  kms_key_arn                = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  log_kms_key_arn            = "arn:aws:kms:us-east-1:111122223333:key/2d3e4f50-6172-8394-a5b6-c7d8e9f00112"

  tags = {
    Service     = "postgresql"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

output "address" {
  description = "The primary's host name."
  value       = module.rds.address
}
