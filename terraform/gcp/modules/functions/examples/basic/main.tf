terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

module "functions" {
  source = "../.."

  name          = "fieldday-development"
  project_id    = "fieldday-development"
  region        = "us-east1"
  network_id    = "projects/fieldday-development/global/networks/fieldday-development"
  subnet_id     = "projects/fieldday-development/regions/us-east1/subnetworks/fieldday-development-functions"
  function_tag  = "fieldday-development-function"
  key_id        = "projects/fieldday-development/locations/us-east1/keyRings/fieldday-development-primary/cryptoKeys/functions"
  source_bucket = "fieldday-development-functions"

  functions = {
    resize-photos = {
      description       = "Makes the small pictures of a session's photos."
      entry_point       = "resize"
      source_object     = "resize-photos/1.4.0.zip"
      source_generation = 1764028800000000
      memory            = "1Gi"
      topic             = "projects/fieldday-development/topics/photos"
    }
  }

  labels = {
    service     = "functions"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
