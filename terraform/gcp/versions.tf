terraform {
  required_version = ">= 1.11.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "8.7.0"
    }
  }

  # Production's state. `terraform init -backend-config=environments/staging.gcs.tfbackend` and the
  # like choose another environment's; a state records its environment (guards.tf).
  backend "gcs" {
    bucket = "fieldday-production-terraform-state"
    prefix = "gcp/production"
  }
}
