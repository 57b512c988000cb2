# What production's var-file promises:
#   terraform test -test-directory=tests/production -var-file=environments/production.tfvars
mock_provider "aws" {}
mock_provider "archive" {}
mock_provider "datadog" {}

run "plan" {
  command = plan

  assert {
    condition     = var.environment == "production" && output.cluster_name == "fieldday-production"
    error_message = "The var-file plans another environment."
  }

  # helm/*/values-production.yaml.
  assert {
    condition     = jsonencode(sort(keys(output.service_role_arns))) == jsonencode(sort(keys(yamldecode(file("../catalog.yaml")).services)))
    error_message = "A service of catalog.yaml has no role."
  }

  assert {
    condition     = jsonencode(sort(keys(output.repository_urls))) == jsonencode(sort([for name in keys(yamldecode(file("../catalog.yaml")).services) : "fieldday/${name}"]))
    error_message = "A service of catalog.yaml has no image repository."
  }

  assert {
    condition = jsonencode(output.chart_values) == jsonencode({
      certificate_arn       = var.edge.certificate_arn
      edge_cidr             = "10.0.0.0/20"
      edge_security_group   = "fieldday-production-edge"
      external_secrets_path = "fieldday/production"
      ingress_group         = "fieldday-production"
      stores_cidr           = "10.0.0.0/16"
    })
    error_message = "The charts' values for production say otherwise."
  }

  assert {
    condition     = length(output.edge.calls_out_from) == 3 && !var.single_nat_gateway
    error_message = "A zone that fails takes other zones' way to the internet along."
  }

  assert {
    condition     = length(output.edge.fixed_addresses) == 3 && output.edge.services_domain == "fieldday.example"
    error_message = "Partners' allow-lists lack an address, or clients look for another domain."
  }

  assert {
    condition     = var.database.multi_az && var.cache.multi_az && var.cache.replicas >= 1 && var.deletion_protection && length(var.zones) == 3
    error_message = "Production does not outlive a zone, or can be deleted by a slip."
  }

  assert {
    condition     = var.database.backup_retention_days >= 30 && var.cache.snapshot_retention_days >= 30 && var.backup_retention_days >= 30 && var.recovery_region == "us-west-2" && var.restore_test_instance_class != null
    error_message = "Backups are not kept for 30 days and in a second region, or nobody sees that they can be restored."
  }

  assert {
    condition     = length(var.api_public_cidrs) == 0 && length(var.bastion.ssh_cidrs) == 0 && output.vpn != null
    error_message = "The cluster or the bastion is reached otherwise than by VPN and SSM."
  }

  assert {
    condition     = anytrue([for group in var.node_groups : group.capacity_type == "SPOT" && length(group.taints) > 0]) && anytrue([for group in var.node_groups : group.capacity_type == "ON_DEMAND" && group.min >= 3])
    error_message = "There is no spot capacity for batch alone, or fewer nodes than zones for the rest."
  }

  assert {
    condition     = output.backup.vault != null && jsonencode(sort(keys(output.recovery_buckets))) == jsonencode(["assets", "backups", "reports", "uploads"])
    error_message = "Files are not copied to the recovery region."
  }
}
