environment     = "development"
account_id      = "111122223333" # stands for the account
region          = "us-east-1"
recovery_region = null
domain          = "fieldday.example"
cost_centre     = "engineering"

# It may be destroyed and recreated.
deletion_protection     = false
account_baseline        = false
owns_image_repositories = false

# From terraform/bootstrap's outputs.
state_bucket      = "fieldday-terraform-state-111122223333"
state_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

vpc_cidr            = "10.2.0.0/16"
zones               = ["us-east-1a", "us-east-1b"]
single_nat_gateway  = true
interface_endpoints = ["ec2messages", "ssm", "ssmmessages"]
other_networks = {
  production = "10.0.0.0/16"
  staging    = "10.1.0.0/16"
}

edge = {
  certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/7b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
  internal        = true
  client_cidrs    = ["10.0.0.0/8"]
}

bastion = { running = true }

kubernetes_version = "1.35"

node_groups = {
  general = {
    instance_types = ["t3a.large"]
    min            = 2
    desired        = 2
    max            = 3
  }
}

cluster_access = {
  administrators = {
    principal_arn = "arn:aws:iam::111122223333:role/platform-administrator"
    policy        = "AmazonEKSClusterAdminPolicy"
  }
}

database = {
  instance_class            = "db.t4g.medium"
  memory_gib                = 4
  max_connections           = 400
  allocated_storage_gib     = 20
  max_allocated_storage_gib = 50
  multi_az                  = false
  backup_retention_days     = 7
}

cache = {
  node_type               = "cache.t4g.small"
  replicas                = 0
  multi_az                = false
  snapshot_retention_days = 1
}

backup_retention_days = 7
log_retention_days    = 90
