# The least and the most that is accepted.
mock_provider "aws" {}

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
