output "environment" {
  description = "Whose state this is."
  value       = terraform_data.environment.output
}

output "cluster_name" {
  description = "The cluster: aws eks update-kubeconfig --name <it>."
  value       = module.eks.cluster_name
}

output "cluster_endpoint" {
  description = "URL of the cluster's API server."
  value       = module.eks.cluster_endpoint
}

output "service_role_arns" {
  description = "Role of each service's pods: serviceAccount.roleArn of its chart."
  value       = module.eks.service_role_arns
}

output "repository_urls" {
  description = "Where images are pushed and pulled; empty if another environment holds them."
  value       = module.eks.repository_urls
}

output "chart_values" {
  description = "What the charts need of this environment: networkPolicy.edgeCidr, and annotations of the Ingresses."
  value = {
    edge_cidr             = var.edge.internal ? module.vpc.cidr : module.vpc.edge_cidr
    stores_cidr           = module.vpc.cidr
    ingress_group         = local.name
    edge_security_group   = module.load_balancer.security_group_name
    certificate_arn       = var.edge.certificate_arn
    external_secrets_path = "fieldday/${var.environment}"
  }
}

output "database" {
  description = "PostgreSQL's endpoint; a client needs a role that may connect."
  value = {
    address     = module.rds.address
    port        = module.rds.port
    name        = module.rds.database_name
    replicas    = module.rds.replica_addresses
    instance_id = module.rds.instance_id
    users       = local.database_users
  }
}

output "cache" {
  description = "Where the cache answers."
  value = {
    primary              = module.redis.primary_endpoint
    reader               = module.redis.reader_endpoint
    port                 = module.redis.port
    replication_group_id = module.redis.replication_group_id
  }
}

output "buckets" {
  description = "Buckets by purpose."
  value       = module.s3.bucket_names
}

output "recovery_buckets" {
  description = "Buckets of the recovery region by purpose."
  value       = module.s3.replica_names
}

output "edge" {
  description = "Where clients connect: DNS names, addresses for partners' allow-lists, static assets."
  value = {
    services_domain = local.services_domain
    dns_name        = module.load_balancer.dns_name
    zone_id         = module.load_balancer.zone_id
    fixed_addresses = module.load_balancer.fixed_addresses
    assets_dns_name = module.s3.distribution_domain_name
    distribution_id = module.s3.distribution_id
    calls_out_from  = module.vpc.nat_addresses
    fixed_dns_name  = module.load_balancer.fixed_dns_name
  }
}

output "bastion" {
  description = "How to reach the network: aws ssm start-session --target <instance of the group> --document-name <document>."
  value = {
    autoscaling_group = module.bastion.autoscaling_group_name
    document          = module.bastion.session_document
  }
}

output "vpn" {
  description = "The client VPN; null without one."
  value = var.vpn == null ? null : {
    endpoint_id = one(module.vpn[*].endpoint_id)
    dns_name    = one(module.vpn[*].dns_name)
    portal_url  = one(module.vpn[*].portal_url)
  }
}

output "pipeline_role_arns" {
  description = "Roles of the pipelines: release, provisioner, snapshots, drill; and of people."
  value       = module.security.role_arns
}

output "backup" {
  description = "The vaults, and the role by which a drill restores."
  value = {
    vault             = module.backup.vault_name
    recovery_vault    = module.backup.recovery_vault_arn
    restore_role_arn  = module.backup.restore_role_arn
    restore_test_plan = module.backup.restore_testing_plan_name
  }
}

output "alerts_topic_arn" {
  description = "SNS topic of the platform's alerts."
  value       = module.monitoring.alerts_topic_arn
}
