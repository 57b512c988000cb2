# A function that is called once a day.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.7, < 3.0"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "lambda" {
  source = "../.."

  name            = "fieldday-example"
  function        = "hello"
  description     = "Says which schedule called it"
  source_file     = "${path.module}/hello.py"
  handler         = "hello.handler"
  schedules       = { daily = "cron(0 3 * * ? *)" }
  kms_key_arn     = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  log_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

  tags = {
    Service     = "functions"
    Environment = "example"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "function_name" {
  description = "The function's name."
  value       = module.lambda.function_name
}
