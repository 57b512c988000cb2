# The least and the most that is accepted.
mock_provider "aws" {}

run "least" {
  command = plan
  variables {
    subnet_ids    = ["subnet-a"]
    session_hours = 10
  }

  assert {
    condition     = aws_ec2_client_vpn_endpoint.this.session_timeout_hours == 10 && length(aws_ec2_client_vpn_network_association.this) == 1
    error_message = "The least is not given."
  }
}

run "most" {
  command = plan
  variables {
    client_cidr   = "10.192.0.0/12"
    session_hours = 24
  }

  assert {
    condition     = aws_ec2_client_vpn_endpoint.this.session_timeout_hours == 24 && aws_ec2_client_vpn_endpoint.this.client_cidr_block == "10.192.0.0/12"
    error_message = "The most is not given."
  }
}
