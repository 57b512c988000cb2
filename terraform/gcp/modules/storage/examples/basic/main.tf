terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

module "storage" {
  source = "../.."

  project_id      = "fieldday-development"
  region          = "us-east1"
  recovery_region = "us-west1"
  key_id          = "projects/fieldday-development/locations/us/keyRings/fieldday-development-multi-region/cryptoKeys/storage"

  buckets = {
    assets = {
      data_class   = "public"
      cors_origins = ["https://development.fieldday.example"]
    }

    media = {
      data_class         = "confidential"
      archive_after_days = 180
      writers            = { messaging = "serviceAccount:service-messaging@fieldday-development.iam.gserviceaccount.com" }
    }

    evidence = {
      data_class        = "confidential"
      retention_days    = 365
      delete_after_days = 730
    }
  }

  labels = {
    service     = "storage"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
