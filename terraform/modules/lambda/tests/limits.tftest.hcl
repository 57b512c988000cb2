# The least and the most that is accepted.
mock_provider "aws" {}
mock_provider "archive" {}

run "least" {
  command = plan
  variables {
    memory_mb            = 128
    timeout_seconds      = 1
    reserved_concurrency = 1
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 128 && aws_lambda_function.this.timeout == 1 && aws_lambda_function.this.reserved_concurrent_executions == 1
    error_message = "The least that Lambda takes is not given."
  }
}

run "most" {
  command = plan
  variables {
    memory_mb            = 10240
    timeout_seconds      = 900
    reserved_concurrency = 100
    runtime              = "nodejs24.x"
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 10240 && aws_lambda_function.this.timeout == 900 && aws_lambda_function.this.reserved_concurrent_executions == 100 && aws_lambda_function.this.runtime == "nodejs24.x"
    error_message = "The most that is accepted is not given."
  }
}
