module "load_balancer" {
  source = "./modules/load_balancer"

  name               = local.name
  project_id         = var.project_id
  project_number     = var.project_number
  domain             = var.domain
  dns_zone           = var.dns_zone
  security_policy_id = module.security.security_policy_id
  edge_policy_id     = module.security.edge_policy_id
  assets_bucket      = module.storage.bucket_names["assets"]

  endpoint_groups = var.gateway_endpoint_group == null ? [] : [
    for zone in var.zones : "projects/${var.project_id}/zones/${zone}/networkEndpointGroups/${var.gateway_endpoint_group}"
  ]

  labels = local.labels.edge
}

module "monitoring" {
  source = "./modules/monitoring"

  name           = local.name
  project_id     = var.project_id
  project_number = var.project_number
  region         = var.region

  services      = { for name, service in local.services : name => { paging = service.paging, tier = service.tier } }
  subscriptions = var.subscriptions
  thresholds    = var.thresholds

  # Names from variables, not from resources: alerts are planned before what they watch exists.
  databases = merge(
    { (local.name) = { max_connections = var.database.max_connections } },
    var.database.recovery_replica ? { "${local.name}-recovery" = { max_connections = var.database.max_connections } } : {},
  )
  caches                = { (local.name) = module.memorystore.instance_id }
  cluster_name          = module.gke.cluster_name
  rotation_subscription = module.security.rotation_subscription
  uptime_checks         = { api = { host = "api.${var.domain}" } }

  log_key_id       = module.security.key_ids["logs"]
  topic_key_id     = module.security.key_ids["topics"]
  service_log_days = var.service_log_days
  lock_audit_logs  = var.lock_audit_logs

  labels = local.labels.monitoring
}
