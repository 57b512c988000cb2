terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

locals {
  project = "projects/fieldday-development"
}

module "sql" {
  source = "../.."

  name            = "fieldday-development"
  project_id      = "fieldday-development"
  region          = "us-east1"
  recovery_region = "us-west1"

  network_id             = "${local.project}/global/networks/fieldday-development"
  private_services_range = "fieldday-development-private-services"
  key_id                 = "${local.project}/locations/us-east1/keyRings/fieldday-development-primary/cryptoKeys/database"
  recovery_key_id        = "${local.project}/locations/us-west1/keyRings/fieldday-development-recovery/cryptoKeys/database-recovery"

  tier              = "db-custom-2-8192"
  high_availability = false

  databases = {
    payments = "service-payments@fieldday-development.iam.gserviceaccount.com"
  }

  labels = {
    service     = "database"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
