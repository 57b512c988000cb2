# What production's var-file promises:
#   terraform test -test-directory=tests/production -var-file=environments/production.tfvars
mock_provider "google" {}

run "plan" {
  command = plan

  assert {
    condition     = var.environment == "production" && output.cluster.name == "fieldday-production" && var.project_id == "fieldday-production"
    error_message = "The var-file plans another environment."
  }

  assert {
    condition     = jsonencode(sort(keys(output.chart_values.external_secrets_keys))) == jsonencode(sort(keys(yamldecode(file("../../catalog.yaml")).services)))
    error_message = "A service of catalog.yaml has no secret."
  }

  # As values-production.yaml has it, with - for /.
  assert {
    condition     = output.chart_values.external_secrets_keys["float-plan"] == "fieldday-production-float-plan"
    error_message = "The charts look for the secrets under other names."
  }

  assert {
    condition     = jsonencode(sort(keys(output.chart_values.service_accounts))) == jsonencode(sort(keys(yamldecode(file("../../catalog.yaml")).services)))
    error_message = "A service of catalog.yaml has no account."
  }

  assert {
    condition     = var.database.high_availability && var.database.recovery_replica && var.cache.high_availability && var.cache.replica_count >= 2 && length(var.zones) == 3 && var.recovery_region == "us-west1"
    error_message = "Production does not outlive a zone, or the region."
  }

  assert {
    condition     = var.database.backup_count >= 30 && var.database.log_retention_days >= 7 && var.evidence_retention_days >= 365 && var.lock_audit_logs
    error_message = "Backups, evidence or audit logs are not kept as long as promised."
  }

  assert {
    condition     = var.deletion_protection && var.enforce_attestation && var.key_protection == "HSM" && var.flow_log_sampling == 1
    error_message = "Production can be deleted by a slip, runs what nobody signed, or has soft keys."
  }

  assert {
    condition     = length(output.edge.calls_out_from) == 3 && output.edge.static_url == "https://static.fieldday.example"
    error_message = "Partners' allow-lists lack an address, or static files are elsewhere."
  }

  assert {
    condition = jsonencode(output.buckets) == jsonencode({
      for name in ["assets", "evidence", "functions", "reports", "snapshots", "uploads"] : name => "fieldday-production-${name}"
    })
    error_message = "A bucket is missing, or one too many."
  }

  assert {
    condition     = length([for pool in values(var.node_pools) : pool if pool.spot]) == 1 && var.node_pools["services"].min_nodes >= 3
    error_message = "Batch pays the full price, or the services have not a node a zone."
  }

  assert {
    condition     = jsonencode(sort(keys(var.subscriptions))) == jsonencode(["#page-payments", "#page-platform"])
    error_message = "Nobody hears of alerts on the platform or on payments."
  }

  assert {
    condition     = alltrue([for group in [module.load_balancer.url_map_name] : group == "fieldday-production"]) && var.gateway_endpoint_group == "fieldday-gateway"
    error_message = "The load balancer leads nowhere."
  }
}
