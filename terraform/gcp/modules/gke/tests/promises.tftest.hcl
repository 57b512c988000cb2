# What a cluster is when its caller says nothing more than it must.
mock_provider "google" {}

variables {
  name       = "fieldday-test"
  project_id = "fieldday-project"
  region     = "us-east1"
  zones      = ["us-east1-b", "us-east1-c", "us-east1-d"]

  network_id          = "the-network"
  subnet_id           = "the-subnet"
  pods_range_name     = "the-pods"
  services_range_name = "the-services"
  control_plane_cidr  = "172.16.0.0/28"
  node_tag            = "the-node-tag"
  authorised_networks = { bastion = "10.60.33.0/28" }

  node_pools = {
    services = { machine_type = "e2-standard-4", min_nodes = 3, max_nodes = 9 }
  }

  cluster_key_id   = "the-cluster-key"
  disk_key_id      = "the-disk-key"
  image_key_id     = "the-image-key"
  release_key_id   = "the-release-key"
  deployer_account = "release-deployer@fieldday-project.iam.gserviceaccount.com"

  labels = {
    service     = "kubernetes"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "defaults" {
  command = plan

  assert {
    condition = jsonencode([
      google_container_cluster.this.release_channel[0].channel,
      google_container_cluster.this.deletion_protection,
      google_binary_authorization_policy.this.default_admission_rule[0].enforcement_mode,
    ]) == jsonencode(["REGULAR", true, "ENFORCED_BLOCK_AND_AUDIT_LOG"])
    error_message = "A cluster is less guarded by default, or gets other versions of Kubernetes."
  }
}
