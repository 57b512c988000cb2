terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

module "bastion" {
  source = "../.."

  name        = "fieldday-development"
  project_id  = "fieldday-development"
  zone        = "us-east1-b"
  network_id  = "projects/fieldday-development/global/networks/fieldday-development"
  subnet_id   = "projects/fieldday-development/regions/us-east1/subnetworks/fieldday-development-bastion"
  disk_key_id = "projects/fieldday-development/locations/us-east1/keyRings/fieldday-development-primary/cryptoKeys/disks"
  members     = { platform = "group:platform@fieldday.example" }

  labels = {
    service     = "bastion"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}
