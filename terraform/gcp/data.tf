module "sql" {
  source = "./modules/sql"

  name            = local.name
  project_id      = var.project_id
  region          = var.region
  recovery_region = var.recovery_region

  network_id             = module.vpc.network_id
  private_services_range = module.vpc.private_services_range
  key_id                 = module.security.key_ids["database"]
  recovery_key_id        = module.security.key_ids["database_recovery"]

  tier               = var.database.tier
  high_availability  = var.database.high_availability
  recovery_replica   = var.database.recovery_replica
  disk_gb            = var.database.disk_gb
  disk_limit_gb      = var.database.disk_limit_gb
  max_connections    = var.database.max_connections
  backup_count       = var.database.backup_count
  log_retention_days = var.database.log_retention_days

  databases = {
    for name, service in local.services : replace(name, "-", "_") => module.security.service_accounts[name]
    if contains(service.stores, "postgresql")
  }

  deletion_protection = var.deletion_protection
  labels              = local.labels.database
}

module "memorystore" {
  source = "./modules/memorystore"

  name       = local.name
  project_id = var.project_id
  region     = var.region

  network_id             = module.vpc.network_id
  private_services_range = module.vpc.private_services_range
  key_id                 = module.security.key_ids["cache"]
  reader_account         = module.security.external_secrets_account

  secret_keys = {
    (var.region)          = module.security.key_ids["secrets"]
    (var.recovery_region) = module.security.key_ids["secrets_recovery"]
  }

  memory_gb         = var.cache.memory_gb
  high_availability = var.cache.high_availability
  replica_count     = var.cache.replica_count

  deletion_protection = var.deletion_protection
  labels              = local.labels.cache
}

module "storage" {
  source = "./modules/storage"

  project_id       = var.project_id
  region           = var.region
  recovery_region  = var.recovery_region
  key_id           = module.security.key_ids["storage"]
  fast_replication = var.fast_replication

  buckets = {
    for bucket, given in local.buckets : bucket => merge(given, {
      writers = merge(
        { for name, service in local.services : name => "serviceAccount:${module.security.service_accounts[name]}" if contains(service.stores, "s3") && try(local.file_buckets[name], "") == bucket },
        contains(["assets", "evidence", "functions", "snapshots"], bucket) ? { releaser = "serviceAccount:${module.security.deployer_account}" } : {},
      )
    })
  }

  deletion_protection = var.deletion_protection
  labels              = local.labels.files
}
