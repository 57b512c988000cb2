# What development's var-file promises:
#   terraform test -test-directory=tests/development -var-file=environments/development.tfvars
mock_provider "google" {}

run "plan" {
  command = plan

  assert {
    condition     = var.environment == "development" && output.cluster.name == "fieldday-development" && var.project_id == "fieldday-development"
    error_message = "The var-file plans another environment."
  }

  assert {
    condition     = !var.deletion_protection && !var.enforce_attestation && var.evidence_retention_days <= 7
    error_message = "Development cannot be taken away and made anew, or runs no image under development."
  }

  assert {
    condition     = !var.database.high_availability && !var.database.recovery_replica && !var.cache.high_availability && length(output.edge.calls_out_from) == 1 && var.node_pools["services"].min_nodes == 1
    error_message = "Development pays for a standby."
  }
}
