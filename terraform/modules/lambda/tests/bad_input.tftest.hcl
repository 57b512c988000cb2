# Each wrong value is refused at plan.
mock_provider "aws" {}
mock_provider "archive" {}

run "name" {
  command = plan
  variables {
    name = "FieldDay"
  }
  expect_failures = [var.name]
}

run "function_in_capitals" {
  command = plan
  variables {
    function = "Hello"
  }
  expect_failures = [var.function]
}

run "handler_without_a_module" {
  command = plan
  variables {
    handler = "handler"
  }
  expect_failures = [var.handler]
}

run "old_runtime" {
  command = plan
  variables {
    runtime = "python3.9"
  }
  expect_failures = [var.runtime]
}

run "little_memory" {
  command = plan
  variables {
    memory_mb = 64
  }
  expect_failures = [var.memory_mb]
}

run "much_memory" {
  command = plan
  variables {
    memory_mb = 20480
  }
  expect_failures = [var.memory_mb]
}

run "no_time" {
  command = plan
  variables {
    timeout_seconds = 0
  }
  expect_failures = [var.timeout_seconds]
}

run "much_time" {
  command = plan
  variables {
    timeout_seconds = 901
  }
  expect_failures = [var.timeout_seconds]
}

run "every_call_of_the_account" {
  command = plan
  variables {
    reserved_concurrency = -1
  }
  expect_failures = [var.reserved_concurrency]
}

run "many_calls" {
  command = plan
  variables {
    reserved_concurrency = 101
  }
  expect_failures = [var.reserved_concurrency]
}

run "a_password_in_the_environment" {
  command = plan
  variables {
    environment = { DATABASE_PASSWORD = "x" }
  }
  expect_failures = [var.environment]
}

run "a_function_that_may_do_everything" {
  command = plan
  variables {
    policies = { all = "{\"Statement\":[{\"Action\":[\"s3:*\"],\"Resource\":\"*\"}]}" }
  }
  expect_failures = [var.policies]
}

run "called_by_an_account" {
  command = plan
  variables {
    invokers = { other = { principal = "444455556666" } }
  }
  expect_failures = [var.invokers]
}

run "a_schedule_of_cron" {
  command = plan
  variables {
    schedules = { daily = "0 3 * * *" }
  }
  expect_failures = [var.schedules]
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

run "logs_kept_too_short" {
  command = plan
  variables {
    log_retention_days = 89
  }
  expect_failures = [var.log_retention_days]
}

run "a_tag_missing" {
  command = plan
  variables {
    tags = { Service = "functions", Environment = "test", Owner = "platform", DataClass = "internal" }
  }
  expect_failures = [var.tags]
}
