# What a plan refuses, with its fix: one wrong value per run.
mock_provider "aws" {}
mock_provider "archive" {}
mock_provider "datadog" {}

# What the modules make is tested by themselves: here they are left out.
override_module {
  target = module.security
  outputs = {
    kms_key_arns             = { assets = "a", backups = "b", data = "d", kubernetes = "k", logs = "l", secrets = "s" }
    recovery_kms_key_arns    = { assets = "ra", backups = "rb", data = "rd" }
    role_arns                = { operator = "o", viewer = "v", break-glass = "g", drill = "d", provisioner = "p", release = "r", snapshots = "s" }
    permissions_boundary_arn = "boundary"
    secrets_reader_policy    = "{}"
    rotation_policy          = "{}"
    web_acl_arn              = "acl"
    cloudfront_web_acl_arn   = "cloudfront-acl"
  }
}
override_module {
  target = module.vpc
  outputs = {
    vpc_id              = "vpc-1"
    cidr                = "10.0.0.0/16"
    edge_cidr           = "10.0.0.0/20"
    public_subnet_ids   = ["public-a", "public-b", "public-c"]
    private_subnet_ids  = ["private-a", "private-b", "private-c"]
    database_subnet_ids = ["database-a", "database-b", "database-c"]
    nat_addresses       = { "us-east-1a" = "203.0.113.1" }
  }
}
override_module {
  target = module.s3
  outputs = {
    bucket_names             = { uploads = "fieldday-production-uploads" }
    bucket_arns              = { assets = "a", backups = "b", reports = "r", uploads = "u" }
    replica_names            = { uploads = "fieldday-production-uploads-recovery" }
    services_policies        = { reports = "{}", uploads = "{}" }
    logs_bucket              = "logs"
    distribution_domain_name = "d1.cloudfront.net"
    distribution_zone_id     = "Z2"
  }
}
override_module {
  target = module.rds
  outputs = {
    instance_arn = "arn:aws:rds:us-east-1:111122223333:db:fieldday-production"
    instance_id  = "fieldday-production"
    connect_policies = {
      for user in [
        "analytics", "api", "auth", "calendar", "conditions", "discovery", "float_plan", "jobs", "messaging", "notification", "payments", "reliability",
      ] : user => "{}"
    }
  }
}
override_module {
  target  = module.redis
  outputs = { connect_policies = { services = "{}" }, node_ids = ["a"] }
}
override_module {
  target  = module.eks
  outputs = { cluster_arn = "c", cluster_name = "fieldday-production", node_security_group_id = "sg-nodes", service_role_arns = {}, repository_urls = {} }
}
override_module {
  target  = module.load_balancer
  outputs = { alb_arn_suffix = "app/a", dns_name = "edge.elb.amazonaws.com", zone_id = "Z1", security_group_id = "sg-edge", security_group_name = "fieldday-production-edge", fixed_addresses = [] }
}
override_module {
  target  = module.bastion
  outputs = { security_group_id = "sg-bastion", autoscaling_group_name = "bastion", session_document = "session" }
}
override_module {
  target  = module.vpn
  outputs = { security_group_id = "sg-vpn", endpoint_id = "cvpn", dns_name = "vpn", portal_url = "" }
}
override_module {
  target  = module.rotate_secrets
  outputs = { function_arn = "f" }
}
override_module {
  target  = module.backup
  outputs = { vault_name = "vault" }
}
override_module {
  target  = module.monitoring
  outputs = { alerts_topic_arn = "topic" }
}

# A production in order; each run below puts one thing wrong.
run "misspelt_environment" {
  command = plan
  variables {
    environment = "prodution"
  }
  expect_failures = [var.environment]
}

run "account_by_name" {
  command = plan
  variables {
    account_id = "production"
  }
  expect_failures = [var.account_id]
}

run "region_by_name" {
  command = plan
  variables {
    region = "Virginia"
  }
  expect_failures = [var.region]
}

run "recovery_region_by_name" {
  command = plan
  variables {
    recovery_region = "Oregon"
  }
  expect_failures = [var.recovery_region]
}

run "domain_with_a_scheme" {
  command = plan
  variables {
    domain = "https://fieldday.example"
  }
  expect_failures = [var.domain]
}

run "state_bucket_by_url" {
  command = plan
  variables {
    state_bucket = "s3://fieldday-terraform-state"
  }
  expect_failures = [var.state_bucket]
}

run "state_key_by_alias" {
  command = plan
  variables {
    state_kms_key_arn = "alias/fieldday-terraform-state"
  }
  expect_failures = [var.state_kms_key_arn]
}

run "network_too_large" {
  command = plan
  variables {
    vpc_cidr = "10.0.0.0/8"
  }
  expect_failures = [var.vpc_cidr]
}

run "network_that_is_none" {
  command = plan
  variables {
    vpc_cidr = "production/16"
  }
  expect_failures = [var.vpc_cidr]
}

run "another_network_that_is_none" {
  command = plan
  variables {
    other_networks = { office = "Lisbon" }
  }
  expect_failures = [var.other_networks]
}

run "unknown_insights" {
  command = plan
  variables {
    database = {
      instance_class            = "db.r8g.xlarge"
      memory_gib                = 32
      max_connections           = 3000
      allocated_storage_gib     = 500
      max_allocated_storage_gib = 2000
      multi_az                  = true
      backup_retention_days     = 30
      insights                  = "full"
    }
  }
  expect_failures = [var.database]
}

run "log_kept_for_a_week" {
  command = plan
  variables {
    log_retention_days = 7
  }
  expect_failures = [var.log_retention_days]
}

run "secrets_replaced_never" {
  command = plan
  variables {
    secret_rotation_days = 0
  }
  expect_failures = [var.secret_rotation_days]
}

run "secrets_replaced_seldom" {
  command = plan
  variables {
    secret_rotation_days = 91
  }
  expect_failures = [var.secret_rotation_days]
}

run "reserved_for_two_years" {
  command = plan
  variables {
    reserved = { years = 2 }
  }
  expect_failures = [var.reserved]
}

run "reserved_without_paying" {
  command = plan
  variables {
    reserved = { payment = "Later" }
  }
  expect_failures = [var.reserved]
}

run "reserved_half_an_instance" {
  command = plan
  variables {
    reserved = { database_instances = 0.5 }
  }
  expect_failures = [var.reserved]
}

run "reserved_less_than_nothing" {
  command = plan
  variables {
    reserved = { compute_dollars_per_hour = -1 }
  }
  expect_failures = [var.reserved]
}

run "overlaps_another_environment" {
  command = plan
  variables {
    other_networks = { staging = "10.0.128.0/17" }
  }
  expect_failures = [terraform_data.environment]
}

run "overlaps_a_larger_network" {
  command = plan
  variables {
    other_networks = { company = "10.0.0.0/8" }
  }
  expect_failures = [terraform_data.environment]
}

run "vpn_clients_overlap" {
  command = plan
  variables {
    vpn = {
      client_cidr                      = "10.0.252.0/22"
      server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/vpn"
      client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/clients"
    }
  }
  expect_failures = [terraform_data.environment]
}

run "kubernetes_services_overlap" {
  command = plan
  variables {
    other_networks = { office = "172.20.8.0/24" }
  }
  expect_failures = [terraform_data.environment]
}

run "password_in_a_var_file" {
  command = plan
  variables {
    var_file_folder = "tests/fixtures/with_password"
  }
  expect_failures = [terraform_data.environment]
}

run "zone_of_another_region" {
  command = plan
  variables {
    zones = ["us-east-1a", "us-east-1b", "eu-west-1c"]
  }
  expect_failures = [terraform_data.environment]
}

run "production_in_two_zones" {
  command = plan
  variables {
    zones = ["us-east-1a", "us-east-1b"]
  }
  expect_failures = [terraform_data.environment]
}

run "production_with_one_nat_gateway" {
  command = plan
  variables {
    single_nat_gateway = true
  }
  expect_failures = [terraform_data.environment]
}

run "production_without_a_standby_database" {
  command = plan
  variables {
    database = {
      instance_class            = "db.r8g.xlarge"
      memory_gib                = 32
      max_connections           = 3000
      allocated_storage_gib     = 500
      max_allocated_storage_gib = 2000
      multi_az                  = false
      backup_retention_days     = 30
    }
  }
  expect_failures = [terraform_data.environment]
}

run "production_without_a_standby_cache" {
  command = plan
  variables {
    cache = {
      node_type               = "cache.r7g.large"
      replicas                = 2
      multi_az                = false
      snapshot_retention_days = 30
    }
  }
  expect_failures = [terraform_data.environment]
}

run "production_that_can_be_deleted" {
  command = plan
  variables {
    deletion_protection = false
  }
  expect_failures = [terraform_data.environment]
}

run "production_in_one_region" {
  command = plan
  variables {
    recovery_region = null
  }
  expect_failures = [terraform_data.environment]
}

run "production_recovered_for_a_week" {
  command = plan
  variables {
    database = {
      instance_class            = "db.r8g.xlarge"
      memory_gib                = 32
      max_connections           = 3000
      allocated_storage_gib     = 500
      max_allocated_storage_gib = 2000
      multi_az                  = true
      backup_retention_days     = 7
    }
  }
  expect_failures = [terraform_data.environment]
}

run "production_cache_recovered_for_a_week" {
  command = plan
  variables {
    cache = {
      node_type               = "cache.r7g.large"
      replicas                = 2
      multi_az                = true
      snapshot_retention_days = 7
    }
  }
  expect_failures = [terraform_data.environment]
}

run "production_backed_up_for_a_week" {
  command = plan
  variables {
    backup_retention_days = 7
  }
  expect_failures = [terraform_data.environment]
}

run "recovery_region_is_the_region" {
  command = plan
  variables {
    recovery_region = "us-east-1"
  }
  expect_failures = [terraform_data.environment]
}

run "token_within_an_object" {
  command = plan
  variables {
    var_file_folder = "tests/fixtures/with_token"
  }
  expect_failures = [terraform_data.environment]
}
