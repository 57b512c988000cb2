# The environment, from the network up. Modules that need each other's results name them below;
# Terraform finds the order.

module "security" {
  source = "./modules/security"

  name                 = local.name
  services             = toset(keys(local.services))
  recovery_region      = var.recovery_region
  account_baseline     = var.account_baseline
  domain               = var.domain
  rate_limits          = { for name, service in local.services : name => service.rate_limits.per_ip }
  human_principal_arns = var.human_principal_arns
  cluster_arn          = module.eks.cluster_arn
  bucket_arns          = { for purpose in ["assets", "backups", "reports", "uploads"] : purpose => module.s3.bucket_arns[purpose] }
  state_bucket_arn     = "arn:aws:s3:::${var.state_bucket}"
  state_kms_key_arn    = var.state_kms_key_arn
  alerts_topic_arn     = module.monitoring.alerts_topic_arn
  tags                 = local.tags.security

  rotation = {
    function_arn = module.rotate_secrets.function_arn
    days         = var.secret_rotation_days
  }
}

module "vpc" {
  source = "./modules/vpc"

  name                     = local.name
  cidr                     = var.vpc_cidr
  zones                    = var.zones
  single_nat_gateway       = var.single_nat_gateway
  interface_endpoints      = var.interface_endpoints
  flow_log_retention_days  = var.log_retention_days
  kms_key_arn              = module.security.kms_key_arns.logs
  permissions_boundary_arn = module.security.permissions_boundary_arn
  tags                     = local.tags.network
}

module "s3" {
  source = "./modules/s3"

  name                        = local.name
  kms_key_arn                 = module.security.kms_key_arns.data
  assets_kms_key_arn          = module.security.kms_key_arns.assets
  recovery_region             = var.recovery_region
  recovery_kms_key_arn        = lookup(module.security.recovery_kms_key_arns, "data", null)
  recovery_assets_kms_key_arn = lookup(module.security.recovery_kms_key_arns, "assets", null)
  backup_retention_days       = var.backup_retention_days
  backup_lock_days            = min(14, var.backup_retention_days)
  log_retention_days          = var.log_retention_days
  upload_origins              = var.upload_origins
  force_destroy               = !var.deletion_protection
  aliases                     = var.assets.aliases
  certificate_arn             = var.assets.certificate_arn
  web_acl_arn                 = module.security.cloudfront_web_acl_arn
  permissions_boundary_arn    = module.security.permissions_boundary_arn
  tags                        = local.tags.files
}

module "rds" {
  source = "./modules/rds"

  name                                = local.name
  vpc_id                              = module.vpc.vpc_id
  subnet_ids                          = module.vpc.database_subnet_ids
  allowed_security_group_ids          = local.database_clients
  instance_class                      = var.database.instance_class
  allocated_storage_gib               = var.database.allocated_storage_gib
  max_allocated_storage_gib           = var.database.max_allocated_storage_gib
  multi_az                            = var.database.multi_az
  read_replicas                       = var.database.read_replicas
  iam_users                           = toset(values(local.database_users))
  backup_retention_days               = var.database.backup_retention_days
  recovery_region                     = var.recovery_region
  recovery_kms_key_arn                = lookup(module.security.recovery_kms_key_arns, "data", null)
  deletion_protection                 = var.deletion_protection
  database_insights_mode              = var.database.insights
  performance_insights_retention_days = var.database.insights == "advanced" ? 465 : 7
  log_retention_days                  = var.log_retention_days
  event_topic_arn                     = module.monitoring.alerts_topic_arn
  kms_key_arn                         = module.security.kms_key_arns.data
  log_kms_key_arn                     = module.security.kms_key_arns.logs
  permissions_boundary_arn            = module.security.permissions_boundary_arn
  tags                                = local.tags.database
}

module "redis" {
  source = "./modules/redis"

  name                       = local.name
  vpc_id                     = module.vpc.vpc_id
  subnet_ids                 = module.vpc.database_subnet_ids
  allowed_security_group_ids = local.database_clients
  node_type                  = var.cache.node_type
  replicas                   = var.cache.replicas
  multi_az                   = var.cache.multi_az
  snapshot_retention_days    = var.cache.snapshot_retention_days
  log_retention_days         = var.log_retention_days
  kms_key_arn                = module.security.kms_key_arns.data
  log_kms_key_arn            = module.security.kms_key_arns.logs
  tags                       = local.tags.cache
}

module "backup" {
  source = "./modules/backup"

  name                     = local.name
  kms_key_arn              = module.security.kms_key_arns.backups
  resource_arns            = [module.rds.instance_arn]
  retention_days           = var.backup_retention_days
  recovery_region          = var.recovery_region
  recovery_kms_key_arn     = lookup(module.security.recovery_kms_key_arns, "backups", null)
  lock_changeable_days     = var.backup_lock_changeable_days
  deleter_role_arns        = [module.security.role_arns["break-glass"]]
  topic_arn                = module.monitoring.alerts_topic_arn
  permissions_boundary_arn = module.security.permissions_boundary_arn
  tags                     = local.tags.backup

  restore_test = var.restore_test_instance_class == null ? null : {
    database_arns        = [module.rds.instance_arn]
    subnet_group_name    = module.rds.subnet_group_name
    security_group_ids   = [module.vpc.closed_security_group_id]
    parameter_group_name = module.rds.parameter_group_name
    instance_class       = var.restore_test_instance_class
  }
}

module "load_balancer" {
  source = "./modules/load_balancer"

  name                     = local.name
  vpc_id                   = module.vpc.vpc_id
  subnet_ids               = var.edge.internal ? module.vpc.private_subnet_ids : module.vpc.public_subnet_ids
  internal                 = var.edge.internal
  client_cidrs             = var.edge.client_cidrs
  target_security_group_id = module.eks.node_security_group_id
  certificate_arn          = var.edge.certificate_arn
  logs_bucket              = module.s3.logs_bucket
  web_acl_arn              = module.security.web_acl_arn
  deletion_protection      = var.deletion_protection
  fixed_addresses          = var.edge.fixed_addresses
  tags                     = local.tags.edge

  # The charts' Ingresses are in this group (alb.ingress.kubernetes.io/group.name).
  ingress_group = {
    cluster = local.name
    group   = local.name
  }
}

module "bastion" {
  source = "./modules/bastion"

  name                     = local.name
  vpc_id                   = module.vpc.vpc_id
  vpc_cidr                 = module.vpc.cidr
  subnet_ids               = module.vpc.private_subnet_ids
  running                  = var.bastion.running
  ssh_cidrs                = var.bastion.ssh_cidrs
  kms_key_arn              = module.security.kms_key_arns.kubernetes
  log_kms_key_arn          = module.security.kms_key_arns.logs
  log_retention_days       = var.log_retention_days
  permissions_boundary_arn = module.security.permissions_boundary_arn
  tags                     = local.tags.bastion
}

module "vpn" {
  source = "./modules/vpn"
  count  = var.vpn == null ? 0 : 1

  name                             = local.name
  vpc_id                           = module.vpc.vpc_id
  vpc_cidr                         = module.vpc.cidr
  subnet_ids                       = slice(module.vpc.private_subnet_ids, 0, 2)
  client_cidr                      = var.vpn.client_cidr
  server_certificate_arn           = var.vpn.server_certificate_arn
  client_certificate_authority_arn = var.vpn.client_certificate_authority_arn
  saml_provider_arn                = var.vpn.saml_provider_arn
  authorizations                   = coalesce(var.vpn.authorizations, { network = { cidr = var.vpc_cidr } })
  log_kms_key_arn                  = module.security.kms_key_arns.logs
  log_retention_days               = var.log_retention_days
  tags                             = local.tags.vpn
}

module "rotate_secrets" {
  source = "./modules/lambda"

  name                     = local.name
  function                 = "rotate-secrets"
  description              = "Replaces the services' secrets, asked by Secrets Manager"
  source_file              = "${path.root}/modules/security/functions/rotate_secret.py"
  handler                  = "rotate_secret.handler"
  policies                 = { secrets = module.security.rotation_policy }
  reserved_concurrency     = 2
  kms_key_arn              = module.security.kms_key_arns.secrets
  log_kms_key_arn          = module.security.kms_key_arns.logs
  log_retention_days       = var.log_retention_days
  permissions_boundary_arn = module.security.permissions_boundary_arn
  tags                     = local.tags.functions
}

module "monitoring" {
  source = "./modules/monitoring"

  name               = local.name
  services           = { for name, service in local.services : name => { paging = service.paging, tier = service.tier } }
  subscriptions      = var.alert_subscriptions
  load_balancer      = { arn_suffix = module.load_balancer.alb_arn_suffix }
  caches             = { main = { node_ids = module.redis.node_ids } }
  cluster_name       = module.eks.cluster_name
  log_retention_days = var.log_retention_days
  kms_key_arn        = module.security.kms_key_arns.logs
  datadog_enabled    = var.datadog_enabled
  tags               = local.tags.monitoring

  databases = {
    primary = {
      instance_id           = module.rds.instance_id
      allocated_storage_gib = module.rds.allocated_storage_gib
      memory_gib            = var.database.memory_gib
      max_connections       = var.database.max_connections
    }
  }
}
