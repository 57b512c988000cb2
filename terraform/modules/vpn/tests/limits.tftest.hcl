# The least and the most that is accepted.
mock_provider "aws" {}

variables {
  name                             = "fieldday-test"
  vpc_id                           = "vpc-0a1b2c3d4e5f60718"
  vpc_cidr                         = "10.0.0.0/16"
  subnet_ids                       = ["subnet-a", "subnet-b"]
  client_cidr                      = "10.200.0.0/22"
  server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/server"
  client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/clients"
  log_kms_key_arn                  = "arn:aws:kms:us-east-1:111122223333:key/logs"

  authorizations = {
    network = { cidr = "10.0.0.0/16" }
  }

  tags = {
    Service     = "vpn"
    Environment = "test"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

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
