# What development's var-file promises:
#   terraform test -test-directory=tests/development -var-file=environments/development.tfvars
mock_provider "aws" {}
mock_provider "archive" {}
mock_provider "datadog" {}

run "plan" {
  command = plan

  assert {
    condition     = var.environment == "development" && output.cluster_name == "fieldday-development"
    error_message = "The var-file plans another environment."
  }

  assert {
    condition     = !var.deletion_protection && var.recovery_region == null && length(output.recovery_buckets) == 0
    error_message = "Development can't be taken away and made anew, or pays for copies."
  }

  assert {
    condition     = length(output.repository_urls) == 0 && !var.account_baseline && output.vpn == null
    error_message = "Development makes what production's state holds for the account, or pays for a VPN."
  }

  assert {
    condition     = length(output.edge.calls_out_from) == 1 && var.edge.internal && output.chart_values.edge_cidr == "10.2.0.0/16"
    error_message = "Development is reached from the internet, or pays for more than one NAT gateway."
  }

  assert {
    condition     = !var.database.multi_az && !var.cache.multi_az && output.backup.restore_test_plan == null
    error_message = "Development pays for a standby."
  }
}
