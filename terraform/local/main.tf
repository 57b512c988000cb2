# What the sandbox's AWS API supports, small enough to be created in seconds. The modules of
# terraform/ need a newer provider than is available without Terraform's registry, so this root has
# its own; the names of resources and outputs are the same.

locals {
  name = "fieldday-${var.environment}"
  tags = {
    Service     = "platform"
    Environment = var.environment
    Owner       = "platform"
    CostCentre  = "engineering"
    DataClass   = "internal"
  }
}

module "network" {
  source = "./modules/network"

  name  = local.name
  cidr  = var.vpc_cidr
  zones = var.zones
}

module "encryption" {
  source = "./modules/encryption"

  name = local.name
}

module "storage" {
  source = "./modules/storage"

  name        = local.name
  kms_key_arn = module.encryption.key_arn
}

module "database" {
  source = "./modules/database"

  name        = local.name
  environment = var.environment
  vpc_id      = module.network.vpc_id
  vpc_cidr    = var.vpc_cidr
  subnet_ids  = module.network.database_subnet_ids
  kms_key_arn = module.encryption.key_arn
  instance    = var.database
  password    = var.database_password
}

module "alerts" {
  source = "./modules/alerts"

  name        = local.name
  database_id = module.database.id
}
