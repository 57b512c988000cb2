environment     = "staging"
account_id      = "111122223333" # stands for the account
region          = "us-east-1"
recovery_region = "us-west-2"
domain          = "fieldday.example"
cost_centre     = "engineering"

deletion_protection     = true
account_baseline        = false
owns_image_repositories = false

# From terraform/bootstrap's outputs.
state_bucket      = "fieldday-terraform-state-111122223333"
state_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

# Three zones as production, so that a release meets the same conditions as there; one NAT gateway.
vpc_cidr           = "10.1.0.0/16"
zones              = ["us-east-1a", "us-east-1b", "us-east-1c"]
single_nat_gateway = true
other_networks = {
  production  = "10.0.0.0/16"
  development = "10.2.0.0/16"
}

edge = {
  certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/5b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  internal        = true
  client_cidrs    = ["10.0.0.0/8"]
}

bastion = { running = true }

vpn = {
  client_cidr                      = "10.201.0.0/22"
  server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/6b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/4b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
}

kubernetes_version = "1.35"

node_groups = {
  general = {
    instance_types = ["m7i.large", "m7a.large"]
    min            = 2
    desired        = 2
    max            = 6
  }
  batch = {
    capacity_type  = "SPOT"
    instance_types = ["m7i.large", "m7a.large", "m6i.large", "m6a.large"]
    min            = 0
    desired        = 0
    max            = 4
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

# A standby as in production: the drill fails over to it.
database = {
  instance_class            = "db.r8g.large"
  memory_gib                = 16
  max_connections           = 1600
  allocated_storage_gib     = 100
  max_allocated_storage_gib = 300
  multi_az                  = true
  backup_retention_days     = 14
}

cache = {
  node_type               = "cache.t4g.medium"
  replicas                = 1
  multi_az                = true
  snapshot_retention_days = 7
}

backup_retention_days = 14
log_retention_days    = 90
