# What staging's var-file promises:
#   terraform test -test-directory=tests/staging -var-file=environments/staging.tfvars
mock_provider "google" {}

run "plan" {
  command = plan

  assert {
    condition     = var.environment == "staging" && output.cluster.name == "fieldday-staging" && var.project_id == "fieldday-staging"
    error_message = "The var-file plans another environment."
  }

  assert {
    condition     = var.database.high_availability && var.cache.high_availability && var.enforce_attestation && length(var.zones) == 3
    error_message = "A failover, or an image that nobody signed, cannot be rehearsed in staging."
  }

  assert {
    condition     = !var.database.recovery_replica && length(output.edge.calls_out_from) == 1 && output.database.replica_connection_name == null
    error_message = "Staging pays for what only production needs."
  }

  assert {
    condition     = output.edge.static_url == "https://static.staging.fieldday.example" && output.buckets["uploads"] == "fieldday-staging-uploads"
    error_message = "Staging shares names with another environment."
  }
}
