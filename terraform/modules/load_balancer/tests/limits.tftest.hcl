# The least and the most that is accepted.
mock_provider "aws" {}

variables {
  name                     = "fieldday-test"
  vpc_id                   = "vpc-0a1b2c3d4e5f60718"
  subnet_ids               = ["subnet-a", "subnet-b"]
  target_security_group_id = "sg-nodes"
  certificate_arn          = "arn:aws:acm:us-east-1:111122223333:certificate/edge"
  logs_bucket              = "fieldday-test-logs"
  web_acl_arn              = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/fieldday-test/0a1b2c3d"

  tags = {
    Service     = "edge"
    Environment = "test"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

run "least" {
  command = plan
  variables {
    name                 = "fds"
    target_port          = 1024
    idle_timeout_seconds = 1
  }

  assert {
    condition     = aws_lb.application.name == "fds-edge" && aws_lb.application.idle_timeout == 1 && aws_vpc_security_group_egress_rule.pods.from_port == 1024
    error_message = "The least is not given."
  }
}

run "most" {
  command = plan
  variables {
    name                 = "fieldday-production-x"
    target_port          = 65535
    idle_timeout_seconds = 4000
    ssl_policy           = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    services             = { a-service-of-16x = { hosts = ["a", "b", "c", "d", "e"], priority = 10 } }
  }

  assert {
    condition     = aws_lb.application.idle_timeout == 4000 && aws_lb_listener.https.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" && aws_vpc_security_group_egress_rule.pods.to_port == 65535 && length(aws_lb.application.name) <= 32 && length(aws_lb_target_group.service["a-service-of-16x"].name) <= 32
    error_message = "The most is not given, or a name is longer than AWS takes."
  }
}
