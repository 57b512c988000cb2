# How the parts are put together, and that a state is of one environment.
mock_provider "aws" {
  mock_data "aws_rds_reserved_instance_offering" {
    defaults = { offering_id = "database-offering" }
  }
  mock_data "aws_elasticache_reserved_cache_node_offering" {
    defaults = { offering_id = "cache-offering" }
  }
  mock_data "aws_savingsplans_offerings" {
    defaults = { offerings = [{ offering_id = "compute-offering" }] }
  }
}
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
run "production" {
  assert {
    condition     = output.environment == "production"
    error_message = "The state does not remember whose it is."
  }

  assert {
    condition = jsonencode(local.tags) == jsonencode({
      for part, data_class in {
        backup     = "restricted", bastion = "internal", cache = "restricted", database = "restricted", edge = "internal", files = "restricted", functions = "internal",
        kubernetes = "internal", monitoring = "confidential", network = "internal", security = "confidential", vpn = "internal",
      } : part => { Service = part, Environment = "production", Owner = "platform", CostCentre = "operations", DataClass = data_class }
    })
    error_message = "A part is tagged as something else."
  }

  # What a service may do in AWS follows from its stores in catalog.yaml.
  assert {
    condition = jsonencode({ for name, policies in local.service_policies : name => keys(policies) }) == jsonencode({
      for name, service in yamldecode(file("../catalog.yaml")).services : name => compact([
        contains(service.stores, "redis") ? "cache" : "",
        contains(service.stores, "postgresql") ? "database" : "",
        contains(service.stores, "s3") ? "files" : "",
      ])
    })
    error_message = "A service may use a store that is not its own, or not its own."
  }

  assert {
    condition     = local.database_users["float-plan"] == "float_plan" && local.database_users["api"] == "api" && length(local.database_users) == length(local.services)
    error_message = "A service would sign in to the database as another."
  }

  assert {
    condition     = jsonencode(local.database_clients) == jsonencode({ bastion = "sg-bastion", nodes = "sg-nodes" })
    error_message = "Others than pods and the bastion reach databases."
  }

  assert {
    condition     = length(aws_route53_record.services) == 0 && length(aws_route53_record.assets) == 0
    error_message = "Records are made in a zone that nobody named."
  }

  assert {
    condition     = length(aws_rds_reserved_instance.database) == 0 && length(aws_elasticache_reserved_cache_node.cache) == 0 && length(aws_savingsplans_savings_plan.compute) == 0
    error_message = "Something is bought in advance that nobody asked for."
  }

  assert {
    condition     = output.chart_values.edge_cidr == "10.0.0.0/20" && output.chart_values.ingress_group == "fieldday-production" && output.edge.services_domain == "fieldday.example"
    error_message = "The charts would be given another environment's values."
  }
}

run "a_state_of_another_environment" {
  command = plan
  variables {
    environment = "staging"
  }
  expect_failures = [terraform_data.environment]
}

run "words_that_are_no_secrets" {
  command = plan
  variables {
    var_file_folder = "tests/fixtures/without_secrets"
  }

  assert {
    condition     = length(local.secret_like_keys) == 0
    error_message = "A var-file without a secret is refused: ${join(", ", local.secret_like_keys)}."
  }
}

run "records" {
  variables {
    dns_zone_id = "Z0123456789"
  }

  assert {
    condition = jsonencode([
      aws_route53_record.services[0].zone_id, aws_route53_record.services[0].name, aws_route53_record.services[0].type, aws_route53_record.services[0].alias[0],
      ]) == jsonencode([
      "Z0123456789", "*.fieldday.example", "A", { evaluate_target_health = true, name = "edge.elb.amazonaws.com", zone_id = "Z1" },
    ])
    error_message = "A service's host does not lead to the load balancer."
  }

  assert {
    condition = jsonencode({
      for name, record in aws_route53_record.assets : name => [record.zone_id, record.name, record.type, record.alias[0]]
      }) == jsonencode({
      "static.fieldday.example" = ["Z0123456789", "static.fieldday.example", "A", { evaluate_target_health = false, name = "d1.cloudfront.net", zone_id = "Z2" }]
    })
    error_message = "The assets' host does not lead to CloudFront."
  }
}

run "paid_for_in_advance" {
  variables {
    reserved = { database_instances = 2, cache_nodes = 3, compute_dollars_per_hour = 1.5, years = 3, payment = "All Upfront" }
  }

  assert {
    condition = jsonencode([
      aws_rds_reserved_instance.database[0].offering_id, aws_rds_reserved_instance.database[0].instance_count, aws_rds_reserved_instance.database[0].reservation_id,
      aws_rds_reserved_instance.database[0].tags,
      data.aws_rds_reserved_instance_offering.database[0].db_instance_class, data.aws_rds_reserved_instance_offering.database[0].duration,
      data.aws_rds_reserved_instance_offering.database[0].multi_az, data.aws_rds_reserved_instance_offering.database[0].offering_type,
      data.aws_rds_reserved_instance_offering.database[0].product_description,
      ]) == jsonencode([
      "database-offering", 2, "fieldday-production-3-years", merge(local.tags.database, { Name = "fieldday-production-3-years" }),
      "db.r8g.xlarge", 94608000, true, "All Upfront", "postgresql",
    ])
    error_message = "Another database is reserved than runs."
  }

  assert {
    condition = jsonencode([
      aws_elasticache_reserved_cache_node.cache[0].reserved_cache_nodes_offering_id, aws_elasticache_reserved_cache_node.cache[0].cache_node_count,
      aws_elasticache_reserved_cache_node.cache[0].id, aws_elasticache_reserved_cache_node.cache[0].tags,
      data.aws_elasticache_reserved_cache_node_offering.cache[0].cache_node_type, data.aws_elasticache_reserved_cache_node_offering.cache[0].duration,
      data.aws_elasticache_reserved_cache_node_offering.cache[0].offering_type, data.aws_elasticache_reserved_cache_node_offering.cache[0].product_description,
      ]) == jsonencode([
      "cache-offering", 3, "fieldday-production-3-years", merge(local.tags.cache, { Name = "fieldday-production-3-years" }),
      "cache.r7g.large", "P3Y", "All Upfront", "valkey",
    ])
    error_message = "Another cache is reserved than runs."
  }

  assert {
    condition = jsonencode([
      aws_savingsplans_savings_plan.compute[0].savings_plan_offering_id, aws_savingsplans_savings_plan.compute[0].commitment,
      aws_savingsplans_savings_plan.compute[0].tags,
      data.aws_savingsplans_offerings.compute[0].plan_types, data.aws_savingsplans_offerings.compute[0].durations,
      data.aws_savingsplans_offerings.compute[0].payment_options, data.aws_savingsplans_offerings.compute[0].currencies,
      ]) == jsonencode([
      "compute-offering", "1.5", merge(local.tags.kubernetes, { Name = "fieldday-production-3-years" }),
      ["Compute"], [94608000], ["All Upfront"], ["USD"],
    ])
    error_message = "Another savings plan is bought."
  }
}
