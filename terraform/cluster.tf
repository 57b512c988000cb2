locals {
  # A service's user in the database: PostgreSQL requires quotes around a hyphen.
  database_users = {
    for name, service in local.services : name => replace(name, "-", "_") if contains(service.stores, "postgresql")
  }

  database_clients = {
    bastion = module.bastion.security_group_id
    nodes   = module.eks.node_security_group_id
  }

  # What each service's pods may do in AWS: connect to its database and cache, use its files.
  service_policies = {
    for name, service in local.services : name => merge(
      contains(service.stores, "postgresql") ? { database = module.rds.connect_policies[local.database_users[name]] } : {},
      contains(service.stores, "redis") ? { cache = module.redis.connect_policies["services"] } : {},
      contains(service.stores, "s3") ? { files = module.s3.services_policies[local.file_purposes[name]] } : {},
    )
  }

  # The pipelines' service accounts in the namespace airflow; the security module creates their roles.
  pipelines = ["drill", "provisioner", "release", "snapshots"]
}

module "eks" {
  source = "./modules/eks"

  name                       = local.name
  kubernetes_version         = var.kubernetes_version
  vpc_id                     = module.vpc.vpc_id
  subnet_ids                 = module.vpc.private_subnet_ids
  service_cidr               = var.service_cidr
  public_access_cidrs        = var.api_public_cidrs
  kms_key_arn                = module.security.kms_key_arns.kubernetes
  log_kms_key_arn            = module.security.kms_key_arns.logs
  log_retention_days         = var.log_retention_days
  deletion_protection        = var.deletion_protection
  node_groups                = var.node_groups
  external_secrets_policy    = module.security.secrets_reader_policy
  permissions_boundary_arn   = module.security.permissions_boundary_arn
  image_repositories         = var.owns_image_repositories ? toset([for name in keys(local.services) : "fieldday/${name}"]) : []
  image_reader_accounts      = var.image_reader_accounts
  ingress_security_group_ids = { edge = module.load_balancer.security_group_id }
  tags                       = local.tags.kubernetes

  # The roles of people, in the groups that helm/platform knows.
  access_entries = merge(
    {
      for role, group in { operator = "fieldday:operators", viewer = "fieldday:viewers" } : role => {
        principal_arn               = module.security.role_arns[role]
        kubernetes_groups           = [group]
      }
    },
    var.cluster_access,
  )

  api_security_group_ids = merge(
    { bastion = module.bastion.security_group_id },
    var.vpn == null ? {} : { vpn = one(module.vpn[*].security_group_id) },
  )

  services = {
    for name in keys(local.services) : name => {
      namespace = var.environment
      policies  = local.service_policies[name]
    }
  }

  pod_identities = {
    for pipeline in local.pipelines : pipeline => {
      namespace       = "airflow"
      service_account = pipeline
      role_arn        = module.security.role_arns[pipeline]
    }
  }
}
