# The six alerts of two services, a database and a cache, with a pager.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
    datadog = {
      source  = "DataDog/datadog"
      version = ">= 4.0, < 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

provider "datadog" {
  validate = false
}

module "monitoring" {
  source = "../.."

  name = "fieldday-example"
  services = {
    api      = { paging = "#page-platform", tier = "critical" }
    payments = { paging = "#page-payments", tier = "critical" }
  }
  subscriptions = {
    "#page-payments" = [{ protocol = "email", endpoint = "payments@fieldday.example" }]
  }
  load_balancer = { arn_suffix = "app/fieldday-example/0a1b2c3d4e5f6071" }
  databases = {
    primary = { instance_id = "fieldday-example", allocated_storage_gib = 100, memory_gib = 16, max_connections = 1700 }
  }
  caches       = { main = { node_ids = ["fieldday-example-001", "fieldday-example-002"] } }
  cluster_name = "fieldday-example"
  kms_key_arn  = "arn:aws:kms:us-east-1:111122223333:key/2d3e4f50-6172-8394-a5b6-c7d8e9f00112"

  tags = {
    Service     = "monitoring"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

output "alerts_topic_arn" {
  description = "Topic of the platform's channel."
  value       = module.monitoring.alerts_topic_arn
}
