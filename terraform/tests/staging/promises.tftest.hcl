# What staging's var-file promises:
#   terraform test -test-directory=tests/staging -var-file=environments/staging.tfvars
mock_provider "aws" {}
mock_provider "archive" {}
mock_provider "datadog" {}

run "plan" {
  command = plan

  assert {
    condition     = var.environment == "staging" && output.cluster_name == "fieldday-staging"
    error_message = "The var-file plans another environment."
  }

  assert {
    condition     = length(output.repository_urls) == 0 && !var.account_baseline
    error_message = "Staging makes what production's state holds for the account."
  }

  # helm/*/values-staging.yaml: an internal load balancer, which is in the private subnets.
  assert {
    condition     = var.edge.internal && output.chart_values.edge_cidr == "10.1.0.0/16" && output.chart_values.ingress_group == "fieldday-staging"
    error_message = "Staging is reached from the internet."
  }

  assert {
    condition     = output.edge.services_domain == "staging.fieldday.example" && length(output.edge.fixed_addresses) == 0
    error_message = "Staging answers under production's names or addresses."
  }

  assert {
    condition     = length(var.zones) == 3 && var.database.multi_az && var.cache.multi_az
    error_message = "A drill could not fail over as in production."
  }

  assert {
    condition     = length(output.edge.calls_out_from) == 1
    error_message = "Staging pays for more than one NAT gateway."
  }
}
