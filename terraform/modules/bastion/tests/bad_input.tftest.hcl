# Each wrong value is refused at plan.
mock_provider "aws" {}

run "name" {
  command = plan
  variables {
    name = "FieldDay"
  }
  expect_failures = [var.name]
}

run "not_a_network" {
  command = plan
  variables {
    vpc_cidr = "10.0.0.0"
  }
  expect_failures = [var.vpc_cidr]
}

run "one_subnet" {
  command = plan
  variables {
    subnet_ids = ["subnet-a"]
  }
  expect_failures = [var.subnet_ids]
}

run "another_architecture" {
  command = plan
  variables {
    instance_type = "t3.micro"
  }
  expect_failures = [var.instance_type]
}

run "ssh_from_everywhere" {
  command = plan
  variables {
    ssh_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.ssh_cidrs]
}

run "ssh_from_too_many" {
  command = plan
  variables {
    ssh_cidrs = ["10.0.0.0/15"]
  }
  expect_failures = [var.ssh_cidrs]
}

run "ssh_from_what_is_no_network" {
  command = plan
  variables {
    ssh_cidrs = ["office/24"]
  }
  expect_failures = [var.ssh_cidrs]
}

run "port_zero" {
  command = plan
  variables {
    database_ports = [0]
  }
  expect_failures = [var.database_ports]
}

run "port_too_high" {
  command = plan
  variables {
    database_ports = [65536]
  }
  expect_failures = [var.database_ports]
}

run "alias_for_a_key" {
  command = plan
  variables {
    kms_key_arn = "alias/data"
  }
  expect_failures = [var.kms_key_arn]
}

run "alias_for_the_key_of_logs" {
  command = plan
  variables {
    log_kms_key_arn = "alias/logs"
  }
  expect_failures = [var.log_kms_key_arn]
}

run "sessions_kept_too_short" {
  command = plan
  variables {
    log_retention_days = 89
  }
  expect_failures = [var.log_retention_days]
}

run "a_tag_missing" {
  command = plan
  variables {
    tags = { Service = "bastion", Environment = "test", Owner = "platform", DataClass = "internal" }
  }
  expect_failures = [var.tags]
}
