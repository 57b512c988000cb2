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

module "memorystore" {
  source = "../.."

  name       = "fieldday-development"
  project_id = "fieldday-development"
  region     = "us-east1"

  network_id             = "${local.project}/global/networks/fieldday-development"
  private_services_range = "fieldday-development-private-services"
  key_id                 = "${local.project}/locations/us-east1/keyRings/fieldday-development-primary/cryptoKeys/cache"
  secret_keys            = { us-east1 = "${local.project}/locations/us-east1/keyRings/fieldday-development-primary/cryptoKeys/secrets" }
  reader_account         = "external-secrets@fieldday-development.iam.gserviceaccount.com"

  memory_gb         = 1
  high_availability = false

  labels = {
    service     = "cache"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
