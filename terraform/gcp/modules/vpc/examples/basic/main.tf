terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
  region  = "us-east1"
}

module "vpc" {
  source = "../.."

  name       = "fieldday-development"
  project_id = "fieldday-development"
  region     = "us-east1"

  cidrs = {
    nodes            = "10.60.0.0/20"
    pods             = "10.64.0.0/14"
    services         = "10.60.16.0/20"
    functions        = "10.60.32.0/24"
    bastion          = "10.60.33.0/28"
    private_services = "10.61.0.0/16"
    control_plane    = "172.16.0.0/28"
  }

  labels = {
    service     = "network"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}
