# A cluster with one group of nodes and one service that reads a bucket.
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

module "eks" {
  source = "../.."

  name               = "fieldday-example"
  kubernetes_version = "1.35"
  vpc_id             = "vpc-0a1b2c3d4e5f60718"
  subnet_ids         = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718", "subnet-2a1b2c3d4e5f60718"]
  kms_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  log_kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

  node_groups = {
    general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4 }
  }

  access_entries = {
    administrators = {
      principal_arn = "arn:aws:iam::111122223333:role/platform-administrator"
      policy        = "AmazonEKSClusterAdminPolicy"
    }
  }

  external_secrets_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = ["arn:aws:secretsmanager:us-east-1:111122223333:secret:fieldday/example/*"]
    }]
  })

  services = {
    analytics = {
      namespace = "example"
      policies = {
        events = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect   = "Allow"
            Action   = ["s3:GetObject"]
            Resource = ["arn:aws:s3:::fieldday-example-events/analytics/*"]
          }]
        })
      }
    }
  }

  tags = {
    Service     = "kubernetes"
    Environment = "example"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "cluster_name" {
  description = "The cluster's name."
  value       = module.eks.cluster_name
}
