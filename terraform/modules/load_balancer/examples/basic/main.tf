# A load balancer for one service, with addresses that never change.
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

module "load_balancer" {
  source = "../.."

  name                     = "fieldday-example"
  vpc_id                   = "vpc-0a1b2c3d4e5f60718"
  subnet_ids               = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"]
  target_security_group_id = "sg-0a1b2c3d4e5f60718"
  certificate_arn          = "arn:aws:acm:us-east-1:111122223333:certificate/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  logs_bucket              = "fieldday-example-logs"
  web_acl_arn              = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/fieldday-example/0b1c2d3e"
  fixed_addresses          = true

  services = {
    api = { hosts = ["api.example.fieldday.example"], priority = 10 }
  }

  tags = {
    Service     = "edge"
    Environment = "example"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "addresses" {
  description = "Addresses for partners' allow-lists."
  value       = module.load_balancer.fixed_addresses
}
