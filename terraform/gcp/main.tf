locals {
  apis = toset([
    "artifactregistry.googleapis.com",
    "binaryauthorization.googleapis.com",
    "certificatemanager.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "containeranalysis.googleapis.com",
    "containerscanning.googleapis.com",
    "dns.googleapis.com",
    "eventarc.googleapis.com",
    "iap.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "orgpolicy.googleapis.com",
    "pubsub.googleapis.com",
    "redis.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
  ])
}

resource "google_project_service" "this" {
  for_each = local.apis

  project = var.project_id
  service = each.key
  # Others in the project may use it as well.
  disable_on_destroy = false
}

data "google_logging_project_cmek_settings" "this" {
  project = var.project_id
}

module "security" {
  source = "./modules/security"

  name            = local.name
  project_id      = var.project_id
  project_number  = var.project_number
  region          = var.region
  recovery_region = var.recovery_region
  log_writer      = data.google_logging_project_cmek_settings.this.service_account_id
  key_protection  = var.key_protection

  services          = { for name, service in local.services : name => { stores = service.stores } }
  database_instance = local.name

  requests_per_minute = local.services["api"].rate_limits.per_ip
  host_requests_per_minute = {
    for name, service in local.services : "${name}.${var.domain}" => service.rate_limits.per_ip
    if service.rate_limits.per_ip < local.services["api"].rate_limits.per_ip
  }

  labels = local.labels.security

  depends_on = [google_project_service.this]
}

module "vpc" {
  source = "./modules/vpc"

  name              = local.name
  project_id        = var.project_id
  region            = var.region
  cidrs             = var.cidrs
  service_ports     = distinct([for service in values(local.services) : tostring(service.port)])
  nat_address_count = var.nat_address_count
  flow_log_sampling = var.flow_log_sampling
  labels            = local.labels.network

  depends_on = [google_project_service.this]
}

module "gke" {
  source = "./modules/gke"

  name       = local.name
  project_id = var.project_id
  region     = var.region
  zones      = var.zones

  network_id          = module.vpc.network_id
  subnet_id           = module.vpc.subnet_ids["nodes"]
  pods_range_name     = module.vpc.pods_range_name
  services_range_name = module.vpc.services_range_name
  control_plane_cidr  = var.cidrs.control_plane
  node_tag            = module.vpc.node_tag
  authorised_networks = { bastion = var.cidrs.bastion }

  release_channel = var.release_channel
  node_pools      = var.node_pools
  rbac_group      = var.rbac_group

  cluster_key_id = module.security.key_ids["cluster"]
  disk_key_id    = module.security.key_ids["disks"]
  image_key_id   = module.security.key_ids["images"]
  release_key_id = module.security.release_key_id

  deployer_account    = module.security.deployer_account
  enforce_attestation = var.enforce_attestation
  unattested_images   = var.unattested_images

  workload_identities = merge(local.platform_workloads, {
    for name in keys(local.services) : name => {
      namespace       = var.environment
      service_account = "fieldday-${name}"
      google_account  = module.security.service_accounts[name]
    }
  })

  deletion_protection = var.deletion_protection
  labels              = local.labels.kubernetes
}

module "bastion" {
  source = "./modules/bastion"

  name        = local.name
  project_id  = var.project_id
  zone        = var.zones[0]
  network_id  = module.vpc.network_id
  subnet_id   = module.vpc.subnet_ids["bastion"]
  disk_key_id = module.security.key_ids["disks"]
  members     = var.bastion_members
  labels      = local.labels.bastion
}

module "functions" {
  source = "./modules/functions"

  name          = local.name
  project_id    = var.project_id
  region        = var.region
  network_id    = module.vpc.network_id
  subnet_id     = module.vpc.subnet_ids["functions"]
  function_tag  = module.vpc.function_tag
  key_id        = module.security.key_ids["functions"]
  source_bucket = module.storage.bucket_names["functions"]
  functions     = var.functions
  labels        = local.labels.functions
}
