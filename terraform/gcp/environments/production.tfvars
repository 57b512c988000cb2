environment     = "production"
project_id      = "fieldday-production"
project_number  = "123456789012" # stands for the number
region          = "us-east1"
recovery_region = "us-west1"
domain          = "fieldday.example"
dns_zone        = "fieldday"
cost_centre     = "operations"

deletion_protection = true
key_protection      = "HSM"

zones = ["us-east1-b", "us-east1-c", "us-east1-d"]

cidrs = {
  nodes            = "10.40.0.0/20"
  services         = "10.40.16.0/20"
  functions        = "10.40.32.0/24"
  bastion          = "10.40.33.0/28"
  private_services = "10.41.0.0/16"
  pods             = "10.44.0.0/14"
  control_plane    = "172.16.0.0/28"
}

# Other environments here, and all of them on AWS.
other_networks = {
  staging     = "10.48.0.0/13"
  development = "10.56.0.0/13"
  aws         = "10.0.0.0/14"
}

nat_address_count      = 3
flow_log_sampling      = 1
gateway_endpoint_group = "fieldday-gateway"

bastion_members = { platform = "group:platform@fieldday.example" }

release_channel = "REGULAR"
rbac_group      = "gke-security-groups@fieldday.example"

node_pools = {
  services = { machine_type = "n2-standard-4", min_nodes = 3, max_nodes = 12 }
  # Tasks that may be interrupted and restarted.
  batch = { machine_type = "n2-standard-4", spot = true, min_nodes = 0, max_nodes = 10 }
}

enforce_attestation = true
unattested_images   = ["us-east1-docker.pkg.dev/fieldday-production/mirror/*"]

database = {
  tier               = "db-perf-optimized-N-4"
  high_availability  = true
  recovery_replica   = true
  disk_gb            = 500
  disk_limit_gb      = 2000
  max_connections    = 1000
  backup_count       = 30
  log_retention_days = 30
}

cache = {
  memory_gb         = 10
  high_availability = true
  replica_count     = 2
}

fast_replication        = true
evidence_retention_days = 400
service_log_days        = 365
lock_audit_logs         = true

subscriptions = {
  "#page-platform" = ["platform@fieldday.example"]
  "#page-payments" = ["payments@fieldday.example"]
}
