# A network over three zones with its key, as the other modules need it.
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

module "vpc" {
  source = "../.."

  name        = "fieldday-example"
  cidr        = "10.9.0.0/16"
  zones       = ["us-east-1a", "us-east-1b", "us-east-1c"]
  kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

  tags = {
    Service     = "network"
    Environment = "example"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "vpc_id" {
  description = "The network's id."
  value       = module.vpc.vpc_id
}
