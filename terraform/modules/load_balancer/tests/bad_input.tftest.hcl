# Each wrong value is refused at plan.
mock_provider "aws" {}

run "name_too_long" {
  command = plan
  variables {
    name = "fieldday-production-xy"
  }
  expect_failures = [var.name]
}

run "one_subnet" {
  command = plan
  variables {
    subnet_ids = ["subnet-a"]
  }
  expect_failures = [var.subnet_ids]
}

run "nobody_may_connect" {
  command = plan
  variables {
    client_cidrs = []
  }
  expect_failures = [var.client_cidrs]
}

run "clients_by_name" {
  command = plan
  variables {
    client_cidrs = ["office"]
  }
  expect_failures = [var.client_cidrs]
}

run "a_port_of_root" {
  command = plan
  variables {
    target_port = 1023
  }
  expect_failures = [var.target_port]
}

run "a_port_too_high" {
  command = plan
  variables {
    target_port = 65536
  }
  expect_failures = [var.target_port]
}

run "certificate_by_name" {
  command = plan
  variables {
    certificate_arn = "fieldday.example"
  }
  expect_failures = [var.certificate_arn]
}

run "old_tls" {
  command = plan
  variables {
    ssl_policy = "ELBSecurityPolicy-2016-08"
  }
  expect_failures = [var.ssl_policy]
}

run "the_same_priority_twice" {
  command = plan
  variables {
    services = {
      api   = { hosts = ["a.fieldday.example"], priority = 10 }
      pages = { hosts = ["b.fieldday.example"], priority = 10 }
    }
  }
  expect_failures = [var.services]
}

run "no_host" {
  command = plan
  variables {
    services = { api = { hosts = [], priority = 10 } }
  }
  expect_failures = [var.services]
}

run "six_hosts" {
  command = plan
  variables {
    services = { api = { hosts = ["a", "b", "c", "d", "e", "f"], priority = 10 } }
  }
  expect_failures = [var.services]
}

run "a_long_name_of_a_service" {
  command = plan
  variables {
    services = { a-service-with-a-long-name = { hosts = ["a"], priority = 10 } }
  }
  expect_failures = [var.services]
}

run "no_time_out" {
  command = plan
  variables {
    idle_timeout_seconds = 0
  }
  expect_failures = [var.idle_timeout_seconds]
}

run "too_long_a_time_out" {
  command = plan
  variables {
    idle_timeout_seconds = 4001
  }
  expect_failures = [var.idle_timeout_seconds]
}

run "rules_that_the_controller_would_remove" {
  command = plan
  variables {
    ingress_group = { cluster = "fieldday-test", group = "fieldday-test" }
    services      = { api = { hosts = ["a"], priority = 10 } }
  }
  expect_failures = [aws_lb.application]
}

run "a_tag_missing" {
  command = plan
  variables {
    tags = { Service = "edge", Environment = "test", Owner = "platform", DataClass = "internal" }
  }
  expect_failures = [var.tags]
}
