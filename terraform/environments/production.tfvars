environment     = "production"
account_id      = "111122223333" # stands for the account
region          = "us-east-1"
recovery_region = "us-west-2"
domain          = "fieldday.example"
cost_centre     = "operations"

deletion_protection     = true
account_baseline        = true
owns_image_repositories = true

# From terraform/bootstrap's outputs.
state_bucket      = "fieldday-terraform-state-111122223333"
state_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

vpc_cidr           = "10.0.0.0/16"
zones              = ["us-east-1a", "us-east-1b", "us-east-1c"]
single_nat_gateway = false
other_networks = {
  staging     = "10.1.0.0/16"
  development = "10.2.0.0/16"
}

edge = {
  certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  internal        = false
  fixed_addresses = true
}

assets = {
  aliases         = ["static.fieldday.example"]
  certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/2b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
}

bastion = { running = true }

vpn = {
  client_cidr                      = "10.200.0.0/22"
  server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/3b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/4b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
}

kubernetes_version = "1.35"

node_groups = {
  general = {
    instance_types = ["m7i.xlarge", "m7a.xlarge"]
    min            = 3
    desired        = 3
    max            = 12
    disk_gib       = 80
  }
  # Tasks that may be interrupted and restarted: at most two thirds of the price.
  batch = {
    capacity_type  = "SPOT"
    instance_types = ["m7i.xlarge", "m7a.xlarge", "m6i.xlarge", "m6a.xlarge"]
    min            = 0
    desired        = 0
    max            = 10
    labels         = { "fieldday.io/tier" = "batch" }
    taints         = [{ key = "fieldday.io/tier", value = "batch", effect = "NO_SCHEDULE" }]
  }
}

cluster_access = {
  administrators = {
    principal_arn = "arn:aws:iam::111122223333:role/platform-administrator"
    policy        = "AmazonEKSClusterAdminPolicy"
  }
}

database = {
  instance_class            = "db.r8g.xlarge"
  memory_gib                = 32
  max_connections           = 3000
  allocated_storage_gib     = 500
  max_allocated_storage_gib = 2000
  multi_az                  = true
  backup_retention_days     = 30
  read_replicas             = { reports = { instance_class = "db.r8g.large" } }
  insights                  = "advanced"
}

cache = {
  node_type               = "cache.r7g.large"
  replicas                = 2
  multi_az                = true
  snapshot_retention_days = 30
}

backup_retention_days       = 30
restore_test_instance_class = "db.r8g.large"
upload_origins              = ["https://app.fieldday.example"]
log_retention_days          = 365

# Bought once the sizes above have been stable for some weeks: docs/terraform.md, "What it costs".
reserved = {
  database_instances       = 0
  cache_nodes              = 0
  compute_dollars_per_hour = 0
}
