# A bastion that is reachable only through SSM Session Manager.
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

module "bastion" {
  source = "../.."

  name            = "fieldday-example"
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  vpc_cidr        = "10.9.0.0/16"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"]
  kms_key_arn     = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  log_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

  tags = {
    Service     = "bastion"
    Environment = "example"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "session_document" {
  description = "Document under which sessions run."
  value       = module.bastion.session_document
}
