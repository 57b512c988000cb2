mock_provider "google" {}

variables {
  project_id       = "fieldday-project"
  region           = "us-east1"
  recovery_region  = "us-west1"
  key_id           = "the-key"
  soft_delete_days = 20

  buckets = {
    assets = {
      data_class   = "public"
      cors_origins = ["https://fieldday.example"]
    }

    media = {
      data_class         = "confidential"
      version_days       = 14
      archive_after_days = 180
      delete_after_days  = 700
      readers            = { analytics = "serviceAccount:service-analytics@fieldday-project.iam.gserviceaccount.com" }
      writers            = { messaging = "serviceAccount:service-messaging@fieldday-project.iam.gserviceaccount.com" }
    }

    evidence = {
      data_class       = "restricted"
      retention_days   = 365
      retention_locked = true
    }
  }

  labels = {
    service     = "storage"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}

run "buckets" {
  assert {
    condition = jsonencode({
      for key, bucket in google_storage_bucket.this : key => {
        name       = bucket.name
        project    = bucket.project
        labels     = bucket.labels
        class      = bucket.storage_class
        force      = bucket.force_destroy
        protected  = bucket.deletion_policy
        uniform    = bucket.uniform_bucket_level_access
        public     = bucket.public_access_prevention
        location   = bucket.location
        rpo        = bucket.rpo
        placement  = bucket.custom_placement_config[0].data_locations
        key        = bucket.encryption[0].default_kms_key_name
        versioning = bucket.versioning[0].enabled
        soft       = bucket.soft_delete_policy[0].retention_duration_seconds
        retention  = bucket.retention_policy
        cors       = bucket.cors
      }
      }) == jsonencode({
      for key, expected in {
        assets = {
          data_class = "public", versioning = true, retention = []
          cors       = [{ max_age_seconds = 3600, method = ["GET", "HEAD"], origin = ["https://fieldday.example"], response_header = ["Content-Type", "ETag"] }]
        }
        evidence = { data_class = "restricted", versioning = false, retention = [{ is_locked = true, retention_period = "31536000" }], cors = [] }
        media    = { data_class = "confidential", versioning = true, retention = [], cors = [] }
        } : key => {
        name       = "fieldday-project-${key}"
        project    = "fieldday-project"
        labels     = merge(var.labels, { data_class = expected.data_class })
        class      = "STANDARD"
        force      = false
        protected  = "PREVENT"
        uniform    = true
        public     = "enforced"
        location   = "US"
        rpo        = "ASYNC_TURBO"
        placement  = ["US-EAST1", "US-WEST1"]
        key        = "the-key"
        versioning = expected.versioning
        soft       = 1728000
        retention  = expected.retention
        cors       = expected.cors
      }
    })
    error_message = "A bucket is not private, encrypted by our key, in both regions, or protected."
  }

  assert {
    condition = jsonencode({
      for key, bucket in google_storage_bucket.this : key => [
        for rule in bucket.lifecycle_rule : [
          one(rule.action).type, one(rule.action).storage_class,
          one(rule.condition).age, one(rule.condition).days_since_noncurrent_time, one(rule.condition).with_state, one(rule.condition).matches_storage_class,
        ]
      ]
      }) == jsonencode({
      assets   = [["AbortIncompleteMultipartUpload", null, 7, null, "ANY", null], ["Delete", null, null, 30, "ARCHIVED", null]]
      evidence = [["AbortIncompleteMultipartUpload", null, 7, null, "ANY", null]]
      media = [
        ["AbortIncompleteMultipartUpload", null, 7, null, "ANY", null], ["Delete", null, null, 14, "ARCHIVED", null],
        ["SetStorageClass", "COLDLINE", 180, null, "LIVE", ["STANDARD"]], ["Delete", null, 700, null, "LIVE", null],
      ]
    })
    error_message = "Objects stay longer or shorter than promised."
  }

  assert {
    condition = jsonencode({
      for key, grant in google_storage_bucket_iam_member.this : key => [grant.bucket, grant.role, grant.member]
      }) == jsonencode({
      "media/read/analytics"  = ["fieldday-project-media", "roles/storage.objectViewer", "serviceAccount:service-analytics@fieldday-project.iam.gserviceaccount.com"]
      "media/write/messaging" = ["fieldday-project-media", "roles/storage.objectUser", "serviceAccount:service-messaging@fieldday-project.iam.gserviceaccount.com"]
    })
    error_message = "Others than those given read or write."
  }

  assert {
    condition = jsonencode([
      output.bucket_names, output.bucket_urls == { for key, bucket in google_storage_bucket.this : key => bucket.url },
    ]) == jsonencode([{ assets = "fieldday-project-assets", evidence = "fieldday-project-evidence", media = "fieldday-project-media" }, true])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ assets = "the-key", evidence = "the-key", media = "the-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "development" {
  variables {
    fast_replication    = false
    deletion_protection = false
    multi_region        = "europe"
    region              = "europe-west1"
    recovery_region     = "europe-west4"
    soft_delete_days    = 7
    buckets             = { evidence = { data_class = "internal", retention_days = 2 } }
  }

  assert {
    condition = jsonencode([
      google_storage_bucket.this["evidence"].rpo,
      google_storage_bucket.this["evidence"].force_destroy,
      google_storage_bucket.this["evidence"].deletion_policy,
      google_storage_bucket.this["evidence"].location,
      google_storage_bucket.this["evidence"].custom_placement_config[0].data_locations,
      google_storage_bucket.this["evidence"].soft_delete_policy[0].retention_duration_seconds,
      google_storage_bucket.this["evidence"].retention_policy,
    ]) == jsonencode(["DEFAULT", true, "DELETE", "EUROPE", ["EUROPE-WEST1", "EUROPE-WEST4"], 604800, [{ is_locked = false, retention_period = "172800" }]])
    error_message = "An input has no effect."
  }
}

run "all_users_are_refused" {
  command = plan

  variables {
    buckets = { assets = { data_class = "public", readers = { everyone = "allUsers" } } }
  }

  expect_failures = [var.buckets]
}

run "deletion_before_retention_ends_is_refused" {
  command = plan

  variables {
    buckets = { evidence = { data_class = "restricted", retention_days = 365, delete_after_days = 365 } }
  }

  expect_failures = [var.buckets]
}

run "deletion_before_archiving_is_refused" {
  command = plan

  variables {
    buckets = { media = { data_class = "restricted", archive_after_days = 90, delete_after_days = 60 } }
  }

  expect_failures = [var.buckets]
}

run "a_lock_without_a_time_is_refused" {
  command = plan

  variables {
    buckets = { evidence = { data_class = "restricted", retention_locked = true } }
  }

  expect_failures = [var.buckets]
}

run "an_unknown_class_of_data_is_refused" {
  command = plan

  variables {
    buckets = { media = { data_class = "secret" } }
  }

  expect_failures = [var.buckets]
}

run "no_days_are_refused" {
  command = plan

  variables {
    buckets = { media = { data_class = "internal", version_days = 0 } }
  }

  expect_failures = [var.buckets]
}

run "a_bucket_in_capitals_is_refused" {
  command = plan

  variables {
    buckets = { Media = { data_class = "internal" } }
  }

  expect_failures = [var.buckets]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    project_id       = "Field"
    recovery_region  = "us-east1"
    multi_region     = "us-east1"
    soft_delete_days = 0
    labels           = {}
  }

  expect_failures = [var.project_id, var.recovery_region, var.multi_region, var.soft_delete_days, var.labels]
}

run "a_zone_and_capitals_are_refused" {
  command = plan

  variables {
    region = "us-east1-b"
    labels = { service = "storage", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
  }

  expect_failures = [var.region, var.labels]
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
    soft_delete_days = 91
    recovery_region  = "us-west1-b"
  }

  expect_failures = [var.soft_delete_days, var.recovery_region]
}

run "a_single_person_as_writer_is_refused" {
  command = plan

  variables {
    buckets = { media = { data_class = "internal", writers = { me = "user:me@fieldday.example" } } }
  }

  expect_failures = [var.buckets]
}

run "the_least_is_taken" {
  command = plan

  variables {
    soft_delete_days = 7
    buckets          = { abc = { data_class = "internal", version_days = 1, archive_after_days = 1, delete_after_days = 2 } }
  }
}

run "the_most_is_taken" {
  command = plan

  variables {
    soft_delete_days = 90
    multi_region     = "asia"
  }
}
