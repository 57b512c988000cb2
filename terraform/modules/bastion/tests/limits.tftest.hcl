# The least and the most that is accepted.
mock_provider "aws" {}

run "ports_and_networks" {
  command = plan
  variables {
    ssh_cidrs      = ["10.200.0.0/16"]
    database_ports = [1, 65535]
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.ssh) == ["10.200.0.0/16"] && keys(aws_vpc_security_group_egress_rule.database) == ["1", "65535"]
    error_message = "What is at the limits is not given."
  }
}
