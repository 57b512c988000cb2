# What a root refuses, with the words that say so; and how its parts are put together.
mock_provider "google" {
  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.fieldday.example.", type = "CNAME", data = "the-proof.authorize.certificatemanager.goog." }]
    }
  }
}

variables {
  environment     = "production"
  project_id      = "fieldday-production"
  project_number  = "123456789012" # stands for the number
  region          = "us-east1"
  recovery_region = "us-west1"
  domain          = "fieldday.example"
  dns_zone        = "fieldday"
  cost_centre     = "operations"

  deletion_protection = true
  key_protection      = "HSM"

  zones = ["us-east1-b", "us-east1-c", "us-east1-d"]

  cidrs = {
    nodes            = "10.40.0.0/20"
    services         = "10.40.16.0/20"
    functions        = "10.40.32.0/24"
    bastion          = "10.40.33.0/28"
    private_services = "10.41.0.0/16"
    pods             = "10.44.0.0/14"
    control_plane    = "172.16.0.0/28"
  }

  other_networks = {
    staging     = "10.48.0.0/13"
    development = "10.56.0.0/13"
    aws         = "10.0.0.0/14"
  }

  nat_address_count      = 3
  flow_log_sampling      = 1
  gateway_endpoint_group = "fieldday-gateway"

  bastion_members = { platform = "group:platform@fieldday.example" }

  release_channel = "REGULAR"
  rbac_group      = "gke-security-groups@fieldday.example"

  node_pools = {
    services = { machine_type = "n2-standard-4", min_nodes = 3, max_nodes = 12 }
    # Tasks that may be interrupted and restarted.
    batch = { machine_type = "n2-standard-4", spot = true, min_nodes = 0, max_nodes = 10 }
  }

  enforce_attestation = true
  unattested_images   = ["us-east1-docker.pkg.dev/fieldday-production/mirror/*"]

  database = {
    tier               = "db-perf-optimized-N-4"
    high_availability  = true
    recovery_replica   = true
    disk_gb            = 500
    disk_limit_gb      = 2000
    max_connections    = 1000
    backup_count       = 30
    log_retention_days = 30
  }

  cache = {
    memory_gb         = 10
    high_availability = true
    replica_count     = 2
  }

  fast_replication        = true
  evidence_retention_days = 400
  service_log_days        = 365
  lock_audit_logs         = true

  subscriptions = {
    "#page-platform" = ["platform@fieldday.example"]
    "#page-payments" = ["payments@fieldday.example"]
  }
}

run "put_together" {
  assert {
    condition = jsonencode([
      output.cluster.image_repository, output.cluster.attestor,
      output.chart_values.cache_key, output.chart_values.external_secrets_keys["api"],
      output.edge.certificate_record, output.bastion_command, length(output.function_urls),
      ]) == jsonencode([
      "us-east1-docker.pkg.dev/fieldday-production/fieldday-production", "fieldday-production-release",
      "fieldday-production-cache", "fieldday-production-api",
      { data = "the-proof.authorize.certificatemanager.goog.", name = "_acme-challenge.fieldday.example.", type = "CNAME" },
      "gcloud compute ssh fieldday-production-bastion --project fieldday-production --zone us-east1-b --tunnel-through-iap", 0,
    ])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition = alltrue([
      output.cluster.endpoint == module.gke.endpoint,
      output.chart_values.service_accounts == module.security.service_accounts,
      output.database.connection_name == module.sql.connection_name,
      output.database.replica_connection_name == module.sql.replica_connection_name,
      output.database.private_address == module.sql.private_address,
      output.edge.addresses == module.load_balancer.addresses,
      output.edge.calls_out_from == module.vpc.nat_addresses,
      output.alerts_topic_id == module.monitoring.alerts_topic_id,
      output.function_urls == module.functions.urls,
    ])
    error_message = "An output comes from another part."
  }

  assert {
    condition = alltrue(concat(
      [for name in ["error_rate", "latency"] : alltrue([for service in keys(yamldecode(file("../../catalog.yaml")).services) : contains(keys(module.monitoring.alert_names), "${service}/${name}")])],
      [for key in [
        "payments/payment_failures", "nodes/disk", "nodes/cpu", "nodes/memory", "secrets/rotation", "fieldday-production/disk", "fieldday-production/cpu", "fieldday-production/memory",
        "fieldday-production/connections", "fieldday-production-recovery/connections",
      ] : contains(keys(module.monitoring.alert_names), key)],
    ))
    error_message = "One of the six alerts is missing."
  }

  assert {
    condition = jsonencode(output.encryption_key_ids) == jsonencode({
      bastion = { disk = module.security.key_ids["disks"] }
      cache = {
        cache           = module.security.key_ids["cache"]
        secret_us-east1 = module.security.key_ids["secrets"]
        secret_us-west1 = module.security.key_ids["secrets_recovery"]
      }
      database   = { database = module.security.key_ids["database"], replica = module.security.key_ids["database_recovery"] }
      files      = { for bucket in ["assets", "evidence", "functions", "reports", "snapshots", "uploads"] : bucket => module.security.key_ids["storage"] }
      functions  = { images = module.security.key_ids["functions"] }
      kubernetes = { disks = module.security.key_ids["disks"], images = module.security.key_ids["images"], secrets = module.security.key_ids["cluster"] }
      monitoring = { alerts = module.security.key_ids["topics"], audit_logs = module.security.key_ids["logs"], service_logs = module.security.key_ids["logs"] }
    })
    error_message = "Something is encrypted by a key of other data."
  }

  assert {
    condition     = length(google_project_service.this) == 22 && alltrue([for key, api in google_project_service.this : api.service == key && api.project == "fieldday-production" && !api.disable_on_destroy])
    error_message = "An API is missing, or is taken from others when this is destroyed."
  }

  assert {
    condition     = data.google_logging_project_cmek_settings.this.project == "fieldday-production" && terraform_data.environment.output == "production"
    error_message = "The state does not remember whose it is."
  }
}

run "the_state_of_another_environment_is_refused" {
  command = plan

  variables {
    environment = "staging"
  }

  expect_failures = [terraform_data.environment]
}

run "a_misspelt_environment_is_refused" {
  command = plan

  variables {
    environment = "prodution"
  }

  expect_failures = [var.environment]
}

run "networks_that_overlap_are_refused" {
  command = plan

  variables {
    other_networks = { office = "10.40.0.0/16" }
  }

  expect_failures = [terraform_data.environment]
}

run "a_secret_in_a_var_file_is_refused" {
  command = plan

  variables {
    var_file_folder = "tests/fixtures/with_password"
  }

  expect_failures = [terraform_data.environment]
}

run "production_without_a_standby_is_refused" {
  command = plan

  variables {
    database = {
      tier               = "db-perf-optimized-N-4"
      high_availability  = false
      recovery_replica   = true
      disk_gb            = 500
      disk_limit_gb      = 2000
      max_connections    = 1000
      backup_count       = 30
      log_retention_days = 30
    }
  }

  expect_failures = [terraform_data.environment]
}

run "production_without_a_replica_is_refused" {
  command = plan

  variables {
    database = {
      tier               = "db-perf-optimized-N-4"
      high_availability  = true
      recovery_replica   = false
      disk_gb            = 500
      disk_limit_gb      = 2000
      max_connections    = 1000
      backup_count       = 30
      log_retention_days = 30
    }
  }

  expect_failures = [terraform_data.environment]
}

run "production_with_few_backups_is_refused" {
  command = plan

  variables {
    database = {
      tier               = "db-perf-optimized-N-4"
      high_availability  = true
      recovery_replica   = true
      disk_gb            = 500
      disk_limit_gb      = 2000
      max_connections    = 1000
      backup_count       = 29
      log_retention_days = 30
    }
  }

  expect_failures = [terraform_data.environment]
}

run "production_with_a_single_cache_is_refused" {
  command = plan

  variables {
    cache = { memory_gb = 10, high_availability = false }
  }

  expect_failures = [terraform_data.environment]
}

run "production_in_two_zones_is_refused" {
  command = plan

  variables {
    zones = ["us-east1-b", "us-east1-c"]
  }

  expect_failures = [terraform_data.environment]
}

run "production_that_can_be_deleted_is_refused" {
  command = plan

  variables {
    deletion_protection = false
  }

  expect_failures = [terraform_data.environment]
}

run "production_with_soft_keys_is_refused" {
  command = plan

  variables {
    key_protection = "SOFTWARE"
  }

  expect_failures = [terraform_data.environment]
}

run "production_that_runs_anything_is_refused" {
  command = plan

  variables {
    enforce_attestation = false
  }

  expect_failures = [terraform_data.environment]
}

run "production_with_gaps_in_flow_logs_is_refused" {
  command = plan

  variables {
    flow_log_sampling = 0.5
  }

  expect_failures = [terraform_data.environment]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    project_id              = "FieldDay Production"
    project_number          = "fieldday"
    recovery_region         = "us-east1"
    domain                  = "https://fieldday.example"
    other_networks          = { office = "10.40.0.0" }
    evidence_retention_days = 0
  }

  expect_failures = [var.project_id, var.project_number, var.recovery_region, var.domain, var.other_networks, var.evidence_retention_days]
}

run "a_zone_as_region_is_refused" {
  command = plan

  variables {
    region = "us-east1-b"
  }

  expect_failures = [var.region]
}
