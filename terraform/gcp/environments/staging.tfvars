environment     = "staging"
project_id      = "fieldday-staging"
project_number  = "234567890123" # stands for the number
region          = "us-east1"
recovery_region = "us-west1"
domain          = "staging.fieldday.example"
dns_zone        = "staging"
cost_centre     = "operations"

deletion_protection = true
key_protection      = "SOFTWARE"

zones = ["us-east1-b", "us-east1-c", "us-east1-d"]

cidrs = {
  nodes            = "10.48.0.0/20"
  services         = "10.48.16.0/20"
  functions        = "10.48.32.0/24"
  bastion          = "10.48.33.0/28"
  private_services = "10.49.0.0/16"
  pods             = "10.52.0.0/14"
  control_plane    = "172.16.0.16/28"
}

other_networks = {
  production  = "10.40.0.0/13"
  development = "10.56.0.0/13"
  aws         = "10.0.0.0/14"
}

nat_address_count      = 1
flow_log_sampling      = 0.5
gateway_endpoint_group = "fieldday-gateway"

bastion_members = { platform = "group:platform@fieldday.example" }

rbac_group = "gke-security-groups@fieldday.example"

node_pools = {
  services = { machine_type = "e2-standard-4", min_nodes = 2, max_nodes = 6 }
  batch    = { machine_type = "e2-standard-4", spot = true, min_nodes = 0, max_nodes = 4 }
}

enforce_attestation = true
unattested_images   = ["us-east1-docker.pkg.dev/fieldday-staging/mirror/*"]

# Smaller than production's, but with a standby, so that a failover can be rehearsed.
database = {
  tier               = "db-custom-2-8192"
  high_availability  = true
  recovery_replica   = false
  disk_gb            = 100
  disk_limit_gb      = 400
  max_connections    = 400
  backup_count       = 14
  log_retention_days = 7
}

cache = {
  memory_gb         = 5
  high_availability = true
}

fast_replication        = false
evidence_retention_days = 400
service_log_days        = 90

subscriptions = { "#page-platform" = ["platform@fieldday.example"] }
