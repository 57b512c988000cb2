terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

data "google_project" "this" {
  project_id = "fieldday-development"
}

data "google_logging_project_cmek_settings" "this" {
  project = "fieldday-development"
}

module "security" {
  source = "../.."

  name            = "fieldday-development"
  project_id      = "fieldday-development"
  project_number  = data.google_project.this.number
  region          = "us-east1"
  recovery_region = "us-west1"
  log_writer      = data.google_logging_project_cmek_settings.this.service_account_id

  services = {
    api      = { stores = ["postgresql", "redis"] }
    payments = { stores = ["postgresql"] }
  }

  database_instance        = "fieldday-development"
  requests_per_minute      = 1200
  host_requests_per_minute = { "payments.development.fieldday.example" = 60 }

  labels = {
    service     = "security"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
