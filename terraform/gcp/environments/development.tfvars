environment     = "development"
project_id      = "fieldday-development"
project_number  = "345678901234" # stands for the number
region          = "us-east1"
recovery_region = "us-west1"
domain          = "development.fieldday.example"
dns_zone        = "development"
cost_centre     = "engineering"

deletion_protection = false
key_protection      = "SOFTWARE"

zones = ["us-east1-b", "us-east1-c"]

cidrs = {
  nodes            = "10.56.0.0/20"
  services         = "10.56.16.0/20"
  functions        = "10.56.32.0/24"
  bastion          = "10.56.33.0/28"
  private_services = "10.57.0.0/16"
  pods             = "10.60.0.0/14"
  control_plane    = "172.16.0.32/28"
}

other_networks = {
  production = "10.40.0.0/13"
  staging    = "10.48.0.0/13"
  aws        = "10.0.0.0/14"
}

nat_address_count = 1
flow_log_sampling = 0.1

bastion_members = { engineering = "group:engineering@fieldday.example" }

# Spot for what may be interrupted, one on-demand node for the rest.
node_pools = {
  services = { machine_type = "e2-standard-4", min_nodes = 1, max_nodes = 3 }
  batch    = { machine_type = "e2-standard-4", spot = true, min_nodes = 0, max_nodes = 3 }
}

enforce_attestation = false

database = {
  tier               = "db-custom-1-3840"
  high_availability  = false
  recovery_replica   = false
  disk_gb            = 20
  disk_limit_gb      = 100
  max_connections    = 200
  backup_count       = 7
  log_retention_days = 3
}

cache = {
  memory_gb         = 1
  high_availability = false
}

fast_replication        = false
evidence_retention_days = 7
service_log_days        = 30
