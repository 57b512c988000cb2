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

module "gke" {
  source = "../.."

  name       = "fieldday-development"
  project_id = "fieldday-development"
  region     = "us-east1"
  zones      = ["us-east1-b", "us-east1-c", "us-east1-d"]

  network_id          = "projects/fieldday-development/global/networks/fieldday-development"
  subnet_id           = "projects/fieldday-development/regions/us-east1/subnetworks/fieldday-development-nodes"
  pods_range_name     = "fieldday-development-pods"
  services_range_name = "fieldday-development-services"
  control_plane_cidr  = "172.16.0.0/28"
  node_tag            = "fieldday-development-node"
  authorised_networks = { bastion = "10.60.33.0/28" }

  node_pools = {
    services = { machine_type = "e2-standard-4", min_nodes = 3, max_nodes = 9 }
    batch    = { machine_type = "e2-standard-4", spot = true, min_nodes = 0, max_nodes = 6 }
  }

  cluster_key_id = "${local.keys}/cluster"
  disk_key_id    = "${local.keys}/disks"
  image_key_id   = "${local.keys}/images"
  release_key_id = "${local.keys}/release"

  deployer_account = "release-deployer@fieldday-development.iam.gserviceaccount.com"

  workload_identities = {
    api = {
      namespace       = "development"
      service_account = "fieldday-api"
      google_account  = "service-api@fieldday-development.iam.gserviceaccount.com"
    }
  }

  labels = {
    service     = "kubernetes"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}
