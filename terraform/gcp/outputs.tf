output "cluster" {
  description = "The cluster, and where images for it are pushed."
  value = {
    name             = module.gke.cluster_name
    endpoint         = module.gke.endpoint
    image_repository = module.gke.image_repository
    attestor         = module.gke.attestor
  }
}

output "chart_values" {
  description = "What the charts' values need on Google Cloud."
  value = {
    external_secrets_keys = module.security.secret_ids
    cache_key             = module.memorystore.secret_id
    service_accounts      = module.security.service_accounts
  }
}

output "database" {
  description = "How to reach the database, and its replica."
  value = {
    connection_name         = module.sql.connection_name
    replica_connection_name = module.sql.replica_connection_name
    private_address         = module.sql.private_address
  }
}

output "edge" {
  description = "The addresses for users, the source addresses of our calls, and the record that proves domain ownership."
  value = {
    addresses          = module.load_balancer.addresses
    calls_out_from     = module.vpc.nat_addresses
    static_url         = module.load_balancer.static_url
    certificate_record = module.load_balancer.certificate_record
  }
}

output "buckets" {
  description = "The buckets' global names."
  value       = module.storage.bucket_names
}

output "bastion_command" {
  description = "How people get to databases and the control plane."
  value       = module.bastion.command
}

output "alerts_topic_id" {
  description = "The topic from which pagers receive alerts."
  value       = module.monitoring.alerts_topic_id
}

output "function_urls" {
  description = "Where functions are called, from inside the network."
  value       = module.functions.urls
}

output "encryption_key_ids" {
  description = "For auditors: which key encrypts what, by part."
  value = {
    bastion    = module.bastion.encryption_key_ids
    cache      = module.memorystore.encryption_key_ids
    database   = module.sql.encryption_key_ids
    files      = module.storage.encryption_key_ids
    functions  = module.functions.encryption_key_ids
    kubernetes = module.gke.encryption_key_ids
    monitoring = module.monitoring.encryption_key_ids
  }
}
