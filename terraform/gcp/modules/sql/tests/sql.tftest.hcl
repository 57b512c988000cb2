mock_provider "google" {}

variables {
  name            = "fieldday-test"
  project_id      = "fieldday-project"
  region          = "us-east1"
  recovery_region = "us-west1"

  network_id             = "the-network"
  private_services_range = "the-range"
  key_id                 = "the-key"
  recovery_key_id        = "the-recovery-key"

  tier               = "db-custom-4-16384"
  disk_gb            = 200
  disk_limit_gb      = 900
  max_connections    = 600
  backup_start       = "05:30"
  log_retention_days = 6
  maintenance        = { day = 3, hour = 10 }

  databases = {
    float_plan = "service-float-plan@fieldday-project.iam.gserviceaccount.com"
    payments   = "service-payments@fieldday-project.iam.gserviceaccount.com"
  }

  labels = {
    service     = "database"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "primary" {
  assert {
    condition = jsonencode({
      for key in ["name", "project", "region", "database_version", "encryption_key_name", "deletion_protection"] : key => google_sql_database_instance.this[key]
      }) == jsonencode({
      name                = "fieldday-test"
      project             = "fieldday-project"
      region              = "us-east1"
      database_version    = "POSTGRES_18"
      encryption_key_name = "the-key"
      deletion_protection = true
    })
    error_message = "The database is not encrypted by our key, or not protected."
  }

  assert {
    condition = jsonencode({
      for key in [
        "tier", "edition", "availability_type", "deletion_protection_enabled", "retain_backups_on_delete", "user_labels", "disk_type", "disk_size", "disk_autoresize", "disk_autoresize_limit",
      ] : key => google_sql_database_instance.this.settings[0][key]
      }) == jsonencode({
      tier                        = "db-custom-4-16384"
      edition                     = "ENTERPRISE"
      availability_type           = "REGIONAL"
      deletion_protection_enabled = true
      retain_backups_on_delete    = true
      user_labels                 = var.labels
      disk_type                   = "PD_SSD"
      disk_size                   = 200
      disk_autoresize             = true
      disk_autoresize_limit       = 900
    })
    error_message = "No standby in another zone, or a disk that fills up."
  }

  assert {
    condition = jsonencode({
      for key in ["ipv4_enabled", "private_network", "allocated_ip_range", "ssl_mode", "server_ca_mode", "enable_private_path_for_google_cloud_services"] :
      key => google_sql_database_instance.this.settings[0].ip_configuration[0][key]
      }) == jsonencode({
      ipv4_enabled                                  = false
      private_network                               = "the-network"
      allocated_ip_range                            = "the-range"
      ssl_mode                                      = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
      server_ca_mode                                = "GOOGLE_MANAGED_CAS_CA"
      enable_private_path_for_google_cloud_services = false
    })
    error_message = "The database has a public address, or takes connections without TLS."
  }

  assert {
    condition     = length(google_sql_database_instance.this.settings[0].ip_configuration[0].authorized_networks) == 0
    error_message = "A public network is authorised."
  }

  assert {
    condition = jsonencode({
      for key in ["enabled", "start_time", "location", "point_in_time_recovery_enabled", "transaction_log_retention_days", "backup_retention_settings"] :
      key => google_sql_database_instance.this.settings[0].backup_configuration[0][key]
      }) == jsonencode({
      enabled                        = true
      start_time                     = "05:30"
      location                       = "us"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 6
      backup_retention_settings      = [{ retained_backups = 30, retention_unit = "COUNT" }]
    })
    error_message = "Not 30 backups outside the region, or no way back to any second."
  }

  assert {
    condition = jsonencode([
      google_sql_database_instance.this.settings[0].final_backup_config,
      google_sql_database_instance.this.settings[0].maintenance_window,
      google_sql_database_instance.this.settings[0].password_validation_policy[0].enable_password_policy,
      google_sql_database_instance.this.settings[0].password_validation_policy[0].min_length,
      google_sql_database_instance.this.settings[0].password_validation_policy[0].complexity,
      google_sql_database_instance.this.settings[0].password_validation_policy[0].disallow_username_substring,
      google_sql_database_instance.this.settings[0].password_validation_policy[0].reuse_interval,
    ]) == jsonencode([[{ enabled = true, retention_days = 30 }], [{ day = 3, hour = 10, update_track = "stable" }], true, 20, "COMPLEXITY_DEFAULT", true, 5])
    error_message = "No last backup, maintenance at another time, or weak passwords."
  }

  assert {
    condition = jsonencode([
      for instance in [google_sql_database_instance.this, google_sql_database_instance.replica[0]] : {
        for key in ["query_insights_enabled", "query_plans_per_minute", "query_string_length", "record_application_tags", "record_client_address"] :
        key => instance.settings[0].insights_config[0][key]
      }
      ]) == jsonencode([
      for instance in range(2) : {
        query_insights_enabled = true, query_plans_per_minute = 5, query_string_length = 1024, record_application_tags = true, record_client_address = false
      }
    ])
    error_message = "Query Insights is off, or records addresses of clients."
  }

  assert {
    condition = jsonencode([
      for instance in [google_sql_database_instance.this, google_sql_database_instance.replica[0]] :
      { for flag in instance.settings[0].database_flags : flag.name => flag.value }
      ]) == jsonencode([
      for instance in range(2) : {
        "cloudsql.enable_pgaudit"     = "on"
        "cloudsql.iam_authentication" = "on"
        "log_checkpoints"             = "on"
        "log_connections"             = "on"
        "log_disconnections"          = "on"
        "log_duration"                = "off"
        "log_hostname"                = "on"
        "log_lock_waits"              = "on"
        "log_min_duration_statement"  = "-1"
        "log_min_error_statement"     = "error"
        "log_min_messages"            = "error"
        "log_statement"               = "ddl"
        "log_temp_files"              = "0"
        "max_connections"             = "600"
        "pgaudit.log"                 = "ddl,role"
      }
    ])
    error_message = "A flag differs, or the replica's differ from its primary's."
  }
}

run "replica" {
  assert {
    condition = jsonencode({
      for key in ["name", "project", "region", "database_version", "master_instance_name", "encryption_key_name", "deletion_protection"] :
      key => google_sql_database_instance.replica[0][key]
      }) == jsonencode({
      name                 = "fieldday-test-recovery"
      project              = "fieldday-project"
      region               = "us-west1"
      database_version     = "POSTGRES_18"
      master_instance_name = "fieldday-test"
      encryption_key_name  = "the-recovery-key"
      deletion_protection  = true
    })
    error_message = "The replica is not in the recovery region, not protected, or follows another database."
  }

  assert {
    condition = jsonencode({
      for key in ["tier", "edition", "availability_type", "deletion_protection_enabled", "user_labels", "disk_type", "disk_size", "disk_autoresize", "disk_autoresize_limit"] :
      key => google_sql_database_instance.replica[0].settings[0][key]
      }) == jsonencode({
      tier                        = "db-custom-4-16384"
      edition                     = "ENTERPRISE"
      availability_type           = "ZONAL"
      deletion_protection_enabled = true
      user_labels                 = var.labels
      disk_type                   = "PD_SSD"
      disk_size                   = 200
      disk_autoresize             = true
      disk_autoresize_limit       = 900
    })
    error_message = "The replica could not take over: it is smaller than its primary."
  }

  assert {
    condition = jsonencode({
      for key in ["ipv4_enabled", "private_network", "allocated_ip_range", "ssl_mode", "server_ca_mode"] :
      key => google_sql_database_instance.replica[0].settings[0].ip_configuration[0][key]
      }) == jsonencode({
      ipv4_enabled       = false
      private_network    = "the-network"
      allocated_ip_range = "the-range"
      ssl_mode           = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
      server_ca_mode     = "GOOGLE_MANAGED_CAS_CA"
    })
    error_message = "The replica has a public address, or takes connections without TLS."
  }
}

run "databases" {
  assert {
    condition = jsonencode({
      for key, database in google_sql_database.this : key => [database.name, database.project, database.instance, database.charset, database.collation, database.deletion_policy]
      }) == jsonencode({
      for key in ["float_plan", "payments"] : key => [key, "fieldday-project", "fieldday-test", "UTF8", "en_US.UTF8", "PREVENT"]
    })
    error_message = "A database is missing or not protected."
  }

  assert {
    condition = jsonencode({
      for key, user in google_sql_user.services : key => [user.name, user.project, user.instance, user.type, user.password == null, user.deletion_policy]
      }) == jsonencode({
      float_plan = ["service-float-plan@fieldday-project.iam", "fieldday-project", "fieldday-test", "CLOUD_IAM_SERVICE_ACCOUNT", true, "ABANDON"]
      payments   = ["service-payments@fieldday-project.iam", "fieldday-project", "fieldday-test", "CLOUD_IAM_SERVICE_ACCOUNT", true, "ABANDON"]
    })
    error_message = "A service does not log in by its Google identity, or has a password."
  }

  assert {
    condition = jsonencode([
      output.instance_name,
      output.connection_name == google_sql_database_instance.this.connection_name,
      output.private_address == google_sql_database_instance.this.private_ip_address,
      output.replica_connection_name == google_sql_database_instance.replica[0].connection_name,
      output.max_connections,
    ]) == jsonencode(["fieldday-test", true, true, true, 600])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ database = "the-key", replica = "the-recovery-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "development" {
  variables {
    high_availability   = false
    recovery_replica    = false
    deletion_protection = false
    database_version    = "POSTGRES_17"
    backup_count        = 7
    backup_location     = "eu"
  }

  assert {
    condition = jsonencode([
      google_sql_database_instance.this.settings[0].availability_type,
      length(google_sql_database_instance.replica),
      google_sql_database_instance.this.deletion_protection,
      google_sql_database_instance.this.settings[0].deletion_protection_enabled,
      google_sql_database_instance.this.database_version,
      google_sql_database_instance.this.settings[0].backup_configuration[0].backup_retention_settings[0].retained_backups,
      google_sql_database_instance.this.settings[0].backup_configuration[0].location,
      google_sql_database.this["payments"].deletion_policy,
      output.replica_connection_name == null,
    ]) == jsonencode(["ZONAL", 0, false, false, "POSTGRES_17", 7, "eu", "DELETE", true])
    error_message = "An input has no effect."
  }
}

run "enterprise_plus" {
  variables {
    tier               = "db-perf-optimized-N-4"
    log_retention_days = 35
  }

  assert {
    condition = jsonencode([
      for instance in [google_sql_database_instance.this, google_sql_database_instance.replica[0]] : [instance.settings[0].tier, instance.settings[0].edition]
    ]) == jsonencode([for instance in range(2) : ["db-perf-optimized-N-4", "ENTERPRISE_PLUS"]])
    error_message = "The edition is not that of the machine."
  }

  assert {
    condition     = google_sql_database_instance.this.settings[0].backup_configuration[0].transaction_log_retention_days == 35
    error_message = "log_retention_days has no effect."
  }
}

run "more_log_than_the_edition_keeps_is_refused" {
  command = plan

  variables {
    log_retention_days = 35
  }

  expect_failures = [var.log_retention_days]
}

run "a_replica_in_the_same_region_is_refused" {
  command = plan

  variables {
    recovery_region = "us-east1"
  }

  expect_failures = [var.recovery_region]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name             = "F"
    project_id       = "Field"
    database_version = "MYSQL_8_0"
    disk_gb          = 5
    max_connections  = 10
    backup_count     = 3
    backup_location  = "us-east1"
    backup_start     = "7 am"
    maintenance      = { day = 0, hour = 24 }
    databases        = { "float-plan" = "service-float-plan" }
    labels           = {}
  }

  expect_failures = [
    var.name, var.project_id, var.database_version, var.disk_gb, var.max_connections, var.backup_count, var.backup_location, var.backup_start,
    var.maintenance, var.databases, var.labels,
  ]
}

run "a_shared_core_and_a_full_disk_are_refused" {
  command = plan

  variables {
    region        = "us-east1-b"
    tier          = "db-f1-micro"
    disk_limit_gb = 200
    labels        = { service = "database", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
  }

  expect_failures = [var.region, var.tier, var.disk_limit_gb, var.labels]
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
    max_connections    = 10001
    backup_count       = 366
    log_retention_days = 0
    maintenance        = { day = 8, hour = 9 }
    recovery_region    = "us-west1-b"
  }

  expect_failures = [var.max_connections, var.backup_count, var.log_retention_days, var.maintenance, var.recovery_region]
}

run "an_hour_that_does_not_exist_is_refused" {
  command = plan

  variables {
    maintenance = { day = 2, hour = 24 }
  }

  expect_failures = [var.maintenance]
}

run "an_hour_before_midnight_is_refused" {
  command = plan

  variables {
    maintenance = { day = 2, hour = -1 }
  }

  expect_failures = [var.maintenance]
}

run "a_day_before_monday_is_refused" {
  command = plan

  variables {
    maintenance = { day = 0, hour = 9 }
  }

  expect_failures = [var.maintenance]
}

run "the_least_is_taken" {
  command = plan

  variables {
    disk_gb            = 10
    disk_limit_gb      = 11
    max_connections    = 50
    backup_count       = 7
    log_retention_days = 1
    maintenance        = { day = 1, hour = 0 }
    backup_location    = "asia"
  }
}

run "the_most_is_taken" {
  command = plan

  variables {
    max_connections    = 10000
    backup_count       = 365
    log_retention_days = 7
    maintenance        = { day = 7, hour = 23 }
    backup_start       = "23:59"
  }
}
