# Each wrong value is refused at plan.
mock_provider "aws" {}

variables {
  account_id         = "111122223333"
  operator_role_arns = ["arn:aws:iam::111122223333:role/fieldday-provisioner"]
}

run "account" {
  command = plan
  variables {
    account_id = "fieldday"
  }
  expect_failures = [var.account_id]
}

run "account_of_thirteen_digits" {
  command = plan
  variables {
    account_id = "1111222233334"
  }
  expect_failures = [var.account_id]
}

run "region" {
  command = plan
  variables {
    region = "us-east-1a"
  }
  expect_failures = [var.region]
}

run "name" {
  command = plan
  variables {
    name = "FieldDay"
  }
  expect_failures = [var.name]
}

run "name_too_short" {
  command = plan
  variables {
    name = "fd"
  }
  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan
  variables {
    name = "a123456789012345678901234567890-"
  }
  expect_failures = [var.name]
}

run "longest_name" {
  command = plan
  variables {
    name = "a123456789012345678901234567890"
  }
}

run "nobody" {
  command = plan
  variables {
    operator_role_arns = []
  }
  expect_failures = [var.operator_role_arns]
}

run "everybody" {
  command = plan
  variables {
    operator_role_arns = ["arn:aws:iam::111122223333:role/fieldday-provisioner", "arn:aws:iam::111122223333:role/*"]
  }
  expect_failures = [var.operator_role_arns]
}

run "a_user" {
  command = plan
  variables {
    operator_role_arns = ["arn:aws:iam::111122223333:user/fieldday"]
  }
  expect_failures = [var.operator_role_arns]
}

run "kept_too_short" {
  command = plan
  variables {
    earlier_versions_days = 29
  }
  expect_failures = [var.earlier_versions_days]
}

run "kept_just_long_enough" {
  command = plan
  variables {
    earlier_versions_days = 30
  }
}

run "half_a_day" {
  command = plan
  variables {
    earlier_versions_days = 30.5
  }
  expect_failures = [var.earlier_versions_days]
}

run "service_untagged" {
  command = plan
  variables {
    tags = { Environment = "shared", Owner = "platform", CostCentre = "platform", DataClass = "restricted" }
  }
  expect_failures = [var.tags]
}

run "environment_untagged" {
  command = plan
  variables {
    tags = { Service = "terraform-state", Owner = "platform", CostCentre = "platform", DataClass = "restricted" }
  }
  expect_failures = [var.tags]
}

run "owner_untagged" {
  command = plan
  variables {
    tags = { Service = "terraform-state", Environment = "shared", CostCentre = "platform", DataClass = "restricted" }
  }
  expect_failures = [var.tags]
}

run "cost_centre_untagged" {
  command = plan
  variables {
    tags = { Service = "terraform-state", Environment = "shared", Owner = "platform", DataClass = "restricted" }
  }
  expect_failures = [var.tags]
}

run "data_class_untagged" {
  command = plan
  variables {
    tags = { Service = "terraform-state", Environment = "shared", Owner = "platform", CostCentre = "platform" }
  }
  expect_failures = [var.tags]
}
