mock_provider "google" {
  mock_resource "google_redis_instance" {
    defaults = {
      auth_string     = "the-password"
      host            = "10.61.0.4"
      port            = 6378
      server_ca_certs = [{ cert = "the certificate", create_time = "", expire_time = "", serial_number = "", sha1_fingerprint = "" }]
    }
  }
}

variables {
  name       = "fieldday-test"
  project_id = "fieldday-project"
  region     = "us-east1"

  network_id             = "the-network"
  private_services_range = "the-range"
  key_id                 = "the-key"
  secret_keys            = { us-east1 = "the-secrets-key", us-west1 = "the-other-secrets-key" }
  reader_account         = "external-secrets@fieldday-project.iam.gserviceaccount.com"
  memory_gb              = 6
  replica_count          = 2
  maintenance            = { day = "SUNDAY", hour = 4 }

  labels = {
    service     = "cache"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "cache" {
  assert {
    condition = jsonencode({
      for key in [
        "name", "project", "region", "display_name", "labels", "redis_version", "memory_size_gb", "deletion_protection", "tier", "replica_count", "read_replicas_mode",
        "authorized_network", "connect_mode", "reserved_ip_range", "auth_enabled", "transit_encryption_mode", "customer_managed_key", "redis_configs",
      ] : key => google_redis_instance.this[key]
      }) == jsonencode({
      name                    = "fieldday-test"
      project                 = "fieldday-project"
      region                  = "us-east1"
      display_name            = "fieldday-test cache"
      labels                  = var.labels
      redis_version           = "REDIS_7_2"
      memory_size_gb          = 6
      deletion_protection     = true
      tier                    = "STANDARD_HA"
      replica_count           = 2
      read_replicas_mode      = "READ_REPLICAS_ENABLED"
      authorized_network      = "the-network"
      connect_mode            = "PRIVATE_SERVICE_ACCESS"
      reserved_ip_range       = "the-range"
      auth_enabled            = true
      transit_encryption_mode = "SERVER_AUTHENTICATION"
      customer_managed_key    = "the-key"
      redis_configs           = { maxmemory-policy = "volatile-lru" }
    })
    error_message = "The cache is without replicas, TLS, password, or our key."
  }

  assert {
    condition = jsonencode([
      google_redis_instance.this.persistence_config[0].persistence_mode,
      google_redis_instance.this.persistence_config[0].rdb_snapshot_period,
      google_redis_instance.this.maintenance_policy[0].weekly_maintenance_window[0].day,
      google_redis_instance.this.maintenance_policy[0].weekly_maintenance_window[0].start_time,
    ]) == jsonencode(["RDB", "ONE_HOUR", "SUNDAY", [{ hours = 4, minutes = 0, nanos = 0, seconds = 0 }]])
    error_message = "No snapshots, or maintenance at another time."
  }
}

run "secret" {
  assert {
    condition = jsonencode([
      google_secret_manager_secret.connection.secret_id,
      google_secret_manager_secret.connection.project,
      google_secret_manager_secret.connection.labels == tomap(var.labels),
      google_secret_manager_secret.connection.deletion_protection,
      { for replica in google_secret_manager_secret.connection.replication[0].user_managed[0].replicas : replica.location => replica.customer_managed_encryption[0].kms_key_name },
    ]) == jsonencode(["fieldday-test-cache", "fieldday-project", true, true, { us-east1 = "the-secrets-key", us-west1 = "the-other-secrets-key" }])
    error_message = "The cache's password is not kept under our keys in both regions."
  }

  assert {
    condition = jsonencode([
      google_secret_manager_secret_version.connection.secret == google_secret_manager_secret.connection.id,
      google_secret_manager_secret_version.connection.deletion_policy,
      jsondecode(google_secret_manager_secret_version.connection.secret_data),
      google_secret_manager_secret_iam_member.connection.project,
      google_secret_manager_secret_iam_member.connection.secret_id,
      google_secret_manager_secret_iam_member.connection.role,
      google_secret_manager_secret_iam_member.connection.member,
      ]) == jsonencode([
      true, "DISABLE", { certificate = "the certificate", url = "rediss://:the-password@10.61.0.4:6378/0" },
      "fieldday-project", "fieldday-test-cache", "roles/secretmanager.secretAccessor", "serviceAccount:external-secrets@fieldday-project.iam.gserviceaccount.com",
    ])
    error_message = "What pods get does not lead to the cache, or others may read it."
  }

  assert {
    condition = jsonencode([
      output.instance_name, output.instance_id == google_redis_instance.this.id, output.host, output.port, output.secret_id,
    ]) == jsonencode(["fieldday-test", true, "10.61.0.4", 6378, "fieldday-test-cache"])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ cache = "the-key", secret_us-east1 = "the-secrets-key", secret_us-west1 = "the-other-secrets-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "development" {
  variables {
    high_availability   = false
    memory_gb           = 1
    deletion_protection = false
    redis_version       = "REDIS_7_0"
    snapshot_period     = "SIX_HOURS"
    eviction_policy     = "noeviction"
  }

  assert {
    condition = jsonencode([
      google_redis_instance.this.tier,
      google_redis_instance.this.replica_count,
      google_redis_instance.this.read_replicas_mode,
      google_redis_instance.this.deletion_protection,
      google_secret_manager_secret.connection.deletion_protection,
      google_redis_instance.this.redis_version,
      google_redis_instance.this.persistence_config[0].rdb_snapshot_period,
      google_redis_instance.this.redis_configs,
      google_redis_instance.this.auth_enabled,
    ]) == jsonencode(["BASIC", 0, "READ_REPLICAS_DISABLED", false, false, "REDIS_7_0", "SIX_HOURS", { maxmemory-policy = "noeviction" }, true])
    error_message = "An input has no effect."
  }
}

run "replicas_with_too_little_memory_are_refused" {
  command = plan

  variables {
    memory_gb = 4
  }

  expect_failures = [var.memory_gb]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name            = "F"
    project_id      = "Field"
    region          = "us-east1-b"
    secret_keys     = {}
    redis_version   = "REDIS_5_0"
    replica_count   = 0
    snapshot_period = "DAILY"
    eviction_policy = "oldest"
    maintenance     = { day = "Sunday", hour = 24 }
    labels          = {}
  }

  expect_failures = [
    var.name, var.project_id, var.region, var.secret_keys, var.redis_version, var.replica_count, var.snapshot_period, var.eviction_policy,
    var.maintenance, var.labels,
  ]
}

run "labels_in_capitals_are_refused" {
  command = plan

  variables {
    labels = { service = "cache", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
  }

  expect_failures = [var.labels]
}

run "a_label_s_key_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "x", environment = "test", owner = "platform", cost_centre = "engineering", data_class = "internal", Team = "x" }
  }

  expect_failures = [var.labels]
}

run "too_much_is_refused" {
  command = plan

  variables {
    memory_gb     = 301
    replica_count = 6
    maintenance   = { day = "SUNDAY", hour = 24 }
  }

  expect_failures = [var.memory_gb, var.replica_count, var.maintenance]
}

run "no_memory_at_all_is_refused" {
  command = plan

  variables {
    memory_gb         = 0
    high_availability = false
    maintenance       = { day = "SUNDAY", hour = -1 }
  }

  expect_failures = [var.memory_gb, var.maintenance]
}

run "a_day_that_does_not_exist_is_refused" {
  command = plan

  variables {
    maintenance = { day = "Sunday", hour = 4 }
  }

  expect_failures = [var.maintenance]
}

run "the_least_is_taken" {
  command = plan

  variables {
    memory_gb       = 5
    replica_count   = 1
    maintenance     = { day = "MONDAY", hour = 0 }
    snapshot_period = "TWELVE_HOURS"
    secret_keys     = { us-east1 = "the-key" }
  }
}

run "the_most_is_taken" {
  command = plan

  variables {
    memory_gb       = 300
    replica_count   = 5
    maintenance     = { day = "SATURDAY", hour = 23 }
    snapshot_period = "TWENTY_FOUR_HOURS"
  }
}
