# Each wrong value is refused at plan.
mock_provider "aws" {}

run "name" {
  command = plan
  variables {
    name = "FieldDay"
  }
  expect_failures = [var.name]
}

run "not_a_cidr" {
  command = plan
  variables {
    cidr = "10.0.0.0"
  }
  expect_failures = [var.cidr]
}

run "network_too_small" {
  command = plan
  variables {
    cidr = "10.0.0.0/21"
  }
  expect_failures = [var.cidr]
}

run "network_too_large" {
  command = plan
  variables {
    cidr = "10.0.0.0/15"
  }
  expect_failures = [var.cidr]
}

run "bits_beyond_the_prefix" {
  command = plan
  variables {
    cidr = "10.0.1.0/16"
  }
  expect_failures = [var.cidr]
}

run "one_zone" {
  command = plan
  variables {
    zones = ["us-east-1a"]
  }
  expect_failures = [var.zones]
}

run "a_zone_twice" {
  command = plan
  variables {
    zones = ["us-east-1a", "us-east-1b", "us-east-1b"]
  }
  expect_failures = [var.zones]
}

run "four_zones" {
  command = plan
  variables {
    zones = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]
  }
  expect_failures = [var.zones]
}

run "a_gateway_endpoint_that_is_none" {
  command = plan
  variables {
    gateway_endpoints = ["sqs"]
  }
  expect_failures = [var.gateway_endpoints]
}

run "an_interface_endpoint_that_costs_needlessly" {
  command = plan
  variables {
    interface_endpoints = ["s3"]
  }
  expect_failures = [var.interface_endpoints]
}

run "flow_log_kept_too_short" {
  command = plan
  variables {
    flow_log_retention_days = 89
  }
  expect_failures = [var.flow_log_retention_days]
}

run "alias_for_a_key" {
  command = plan
  variables {
    kms_key_arn = "alias/logs"
  }
  expect_failures = [var.kms_key_arn]
}

run "a_tag_missing" {
  command = plan
  variables {
    tags = {
      Service     = "network"
      Environment = "test"
      Owner       = "platform"
      CostCentre  = "platform"
    }
  }
  expect_failures = [var.tags]
}
