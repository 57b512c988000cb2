# Daily backups of a database, copied to a second region, and restored every week as a test.
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

module "backup" {
  source = "../.."

  name                 = "fieldday-example"
  resource_arns        = ["arn:aws:rds:us-east-1:111122223333:db:fieldday-example"]
  kms_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  recovery_region      = "us-west-2"
  recovery_kms_key_arn = "arn:aws:kms:us-west-2:111122223333:key/1c2d3e4f-5061-7283-94a5-b6c7d8e9f001"
  deleter_role_arns    = ["arn:aws:iam::111122223333:role/fieldday-example-break-glass"]
  topic_arn            = "arn:aws:sns:us-east-1:111122223333:fieldday-example-page-platform"

  restore_test = {
    database_arns        = ["arn:aws:rds:us-east-1:111122223333:db:fieldday-example"]
    subnet_group_name    = "fieldday-example"
    security_group_ids   = ["sg-0a1b2c3d4e5f60718"]
    parameter_group_name = "fieldday-example-postgres18"
    instance_class       = "db.t4g.medium"
  }

  tags = {
    Service     = "backup"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

output "vault_arn" {
  description = "The vault."
  value       = module.backup.vault_arn
}
