# The least and the most that is accepted.
mock_provider "aws" {}

variables {
  name            = "fieldday-test"
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  vpc_cidr        = "10.0.0.0/16"
  subnet_ids      = ["subnet-a", "subnet-b"]
  kms_key_arn     = "arn:aws:kms:us-east-1:111122223333:key/data"
  log_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/logs"

  tags = {
    Service     = "bastion"
    Environment = "test"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

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
