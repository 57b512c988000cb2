# Default values of the tests in this folder.
environment             = "production"
account_id              = "111122223333"
region                  = "us-east-1"
recovery_region         = "us-west-2"
domain                  = "fieldday.example"
cost_centre             = "operations"
deletion_protection     = true
account_baseline        = true
owns_image_repositories = true
state_bucket            = "fieldday-terraform-state-111122223333"
state_kms_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
vpc_cidr                = "10.0.0.0/16"
zones                   = ["us-east-1a", "us-east-1b", "us-east-1c"]
single_nat_gateway      = false
kubernetes_version      = "1.35"
backup_retention_days   = 30
log_retention_days      = 365
other_networks          = { staging = "10.1.0.0/16" }
bastion                 = { running = true }

edge = {
  certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/edge"
  internal        = false
}

assets = {
  aliases         = ["static.fieldday.example"]
  certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/assets"
}

vpn = {
  client_cidr                      = "10.200.0.0/22"
  server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/vpn"
  client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/clients"
}

node_groups = {
  general = { instance_types = ["m7i.xlarge"], min = 3, desired = 3, max = 12 }
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
}

cache = {
  node_type               = "cache.r7g.large"
  replicas                = 2
  multi_az                = true
  snapshot_retention_days = 30
}
