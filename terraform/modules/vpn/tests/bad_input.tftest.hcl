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

run "no_subnet" {
  command = plan
  variables {
    subnet_ids = []
  }
  expect_failures = [var.subnet_ids]
}

run "too_few_addresses" {
  command = plan
  variables {
    client_cidr = "10.200.0.0/23"
  }
  expect_failures = [var.client_cidr]
}

run "too_many_addresses" {
  command = plan
  variables {
    client_cidr = "10.0.0.0/11"
  }
  expect_failures = [var.client_cidr]
}

run "no_addresses" {
  command = plan
  variables {
    client_cidr = "clients/22"
  }
  expect_failures = [var.client_cidr]
}

run "certificate_by_name" {
  command = plan
  variables {
    server_certificate_arn = "vpn.fieldday.example"
  }
  expect_failures = [var.server_certificate_arn]
}

run "authority_by_name" {
  command = plan
  variables {
    client_certificate_authority_arn = "authority"
  }
  expect_failures = [var.client_certificate_authority_arn]
}

run "provider_of_another_kind" {
  command = plan
  variables {
    saml_provider_arn = "arn:aws:iam::111122223333:oidc-provider/sso"
  }
  expect_failures = [var.saml_provider_arn]
}

run "nobody_is_told_from_anybody" {
  command = plan
  variables {
    client_certificate_authority_arn = null
  }
  expect_failures = [aws_ec2_client_vpn_endpoint.this]
}

run "certificates_know_no_groups" {
  command = plan
  variables {
    authorizations = { databases = { cidr = "10.0.16.0/20", group = "0a1b2c3d" } }
  }
  expect_failures = [aws_ec2_client_vpn_endpoint.this]
}

run "nothing_to_reach" {
  command = plan
  variables {
    authorizations = {}
  }
  expect_failures = [var.authorizations]
}

run "everything_to_reach" {
  command = plan
  variables {
    authorizations = { all = { cidr = "0.0.0.0/0" } }
  }
  expect_failures = [var.authorizations]
}

run "what_is_no_network" {
  command = plan
  variables {
    authorizations = { all = { cidr = "databases" } }
  }
  expect_failures = [var.authorizations]
}

run "session_of_nine_hours" {
  command = plan
  variables {
    session_hours = 9
  }
  expect_failures = [var.session_hours]
}

run "alias_for_the_key_of_logs" {
  command = plan
  variables {
    log_kms_key_arn = "alias/logs"
  }
  expect_failures = [var.log_kms_key_arn]
}

run "log_kept_too_short" {
  command = plan
  variables {
    log_retention_days = 89
  }
  expect_failures = [var.log_retention_days]
}

run "a_tag_missing" {
  command = plan
  variables {
    tags = { Service = "vpn", Environment = "test", Owner = "platform", DataClass = "internal" }
  }
  expect_failures = [var.tags]
}
