terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

locals {
  keys = "projects/fieldday-development/locations/us-east1/keyRings/fieldday-development-primary/cryptoKeys"
}

module "monitoring" {
  source = "../.."

  name           = "fieldday-development"
  project_id     = "fieldday-development"
  project_number = "123456789012"
  region         = "us-east1"

  services = {
    api      = { paging = "#page-platform", tier = "critical" }
    payments = { paging = "#page-payments", tier = "critical" }
    jobs     = { paging = "#page-platform", tier = "batch" }
  }

  subscriptions = {
    "#page-platform" = ["platform@fieldday.example"]
    "#page-payments" = ["payments@fieldday.example"]
  }

  databases     = { fieldday-development = { max_connections = 200 } }
  caches        = { fieldday-development = "projects/fieldday-development/locations/us-east1/instances/fieldday-development" }
  cluster_name  = "fieldday-development"
  uptime_checks = { api = { host = "api.development.fieldday.example" } }

  rotation_subscription = "fieldday-development-secret-rotation"
  log_key_id            = "${local.keys}/logs"
  topic_key_id          = "${local.keys}/topics"

  labels = {
    service     = "monitoring"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
