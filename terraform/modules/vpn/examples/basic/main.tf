# A VPN with mutual TLS into one network.
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

module "vpn" {
  source = "../.."

  name                             = "fieldday-example"
  vpc_id                           = "vpc-0a1b2c3d4e5f60718"
  vpc_cidr                         = "10.9.0.0/16"
  subnet_ids                       = ["subnet-0a1b2c3d4e5f60718"]
  client_cidr                      = "10.209.0.0/22"
  server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  log_kms_key_arn                  = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

  authorizations = {
    network = { cidr = "10.9.0.0/16" }
  }

  tags = {
    Service     = "vpn"
    Environment = "example"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "dns_name" {
  description = "Name under which clients connect."
  value       = module.vpn.dns_name
}
