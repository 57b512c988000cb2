mock_provider "google" {}

variables {
  name          = "fieldday-test"
  project_id    = "fieldday-project"
  region        = "us-east1"
  network_id    = "the-network"
  subnet_id     = "the-subnet"
  function_tag  = "the-tag"
  key_id        = "the-key"
  source_bucket = "the-sources"

  functions = {
    resize-photos = {
      description       = "Makes small pictures."
      entry_point       = "resize"
      source_object     = "resize-photos/1.4.0.zip"
      source_generation = 17
      memory            = "1Gi"
      cpu               = "2"
      timeout_seconds   = 300
      max_instances     = 5
      topic             = "projects/fieldday-project/topics/photos"
      environment       = { SIZE = "400" }
    }

    send-report = {
      description       = "Sends a report."
      runtime           = "nodejs22"
      entry_point       = "send"
      source_object     = "send-report/2.0.0.zip"
      source_generation = 18
      secrets           = { MAIL_KEY = { secret_id = "fieldday-test-notification", version = "3" } }
      invokers          = { jobs = "serviceAccount:service-jobs@fieldday-project.iam.gserviceaccount.com" }
    }
  }

  labels = {
    service     = "functions"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "functions" {
  assert {
    condition = jsonencode({
      for key, function in google_cloudfunctions2_function.this : key => {
        name        = function.name
        project     = function.project
        location    = function.location
        description = function.description
        labels      = function.labels == tomap(merge(var.labels, { service = key }))
        key         = function.kms_key_name
        runtime     = function.build_config[0].runtime
        entry_point = function.build_config[0].entry_point
        builder     = function.build_config[0].service_account == google_service_account.builder.name
        repository  = function.build_config[0].docker_repository == google_artifact_registry_repository.this.id
        source      = function.build_config[0].source[0].storage_source
        patches     = [length(function.build_config[0].on_deploy_update_policy), length(function.build_config[0].automatic_update_policy)]
      }
      }) == jsonencode({
      for key, expected in {
        resize-photos = { description = "Makes small pictures.", runtime = "python313", entry_point = "resize", source = [{ bucket = "the-sources", generation = 17, object = "resize-photos/1.4.0.zip" }] }
        send-report   = { description = "Sends a report.", runtime = "nodejs22", entry_point = "send", source = [{ bucket = "the-sources", generation = 18, object = "send-report/2.0.0.zip" }] }
        } : key => {
        name        = key
        project     = "fieldday-project"
        location    = "us-east1"
        description = expected.description
        labels      = true
        key         = "the-key"
        runtime     = expected.runtime
        entry_point = expected.entry_point
        builder     = true
        repository  = true
        source      = expected.source
        patches     = [1, 0]
      }
    })
    error_message = "A function is built otherwise than promised."
  }

  assert {
    condition = jsonencode({
      for key, function in google_cloudfunctions2_function.this : key => {
        size        = [function.service_config[0].available_memory, function.service_config[0].available_cpu, function.service_config[0].timeout_seconds]
        instances   = [function.service_config[0].min_instance_count, function.service_config[0].max_instance_count]
        ingress     = function.service_config[0].ingress_settings
        latest      = function.service_config[0].all_traffic_on_latest_revision
        account     = function.service_config[0].service_account_email == google_service_account.functions[key].email
        environment = function.service_config[0].environment_variables
        egress      = function.service_config[0].direct_vpc_egress
        network     = function.service_config[0].direct_vpc_network_interface
        secrets     = function.service_config[0].secret_environment_variables
        trigger = [for trigger in function.event_trigger : [
          trigger.event_type, trigger.pubsub_topic, trigger.trigger_region, trigger.retry_policy, trigger.service_account_email == google_service_account.functions[key].email,
        ]]
      }
      }) == jsonencode({
      for key, expected in {
        resize-photos = {
          size    = ["1Gi", "2", 300], instances = [0, 5], environment = { SIZE = "400" }, secrets = []
          trigger = [["google.cloud.pubsub.topic.v1.messagePublished", "projects/fieldday-project/topics/photos", "us-east1", "RETRY_POLICY_RETRY", true]]
        }
        send-report = {
          size    = ["256Mi", "1", 60], instances = [0, 10], environment = {}, trigger = []
          secrets = [{ key = "MAIL_KEY", project_id = "fieldday-project", secret = "fieldday-test-notification", version = "3" }]
        }
        } : key => {
        size        = expected.size
        instances   = expected.instances
        ingress     = "ALLOW_INTERNAL_ONLY"
        latest      = true
        account     = true
        environment = expected.environment
        egress      = "VPC_EGRESS_ALL_TRAFFIC"
        network     = [{ network = "the-network", subnetwork = "the-subnet", tags = ["the-tag"] }]
        secrets     = expected.secrets
        trigger     = expected.trigger
      }
    })
    error_message = "A function can be called from outside, sends past the network, or runs as another's account."
  }
}

run "identities" {
  assert {
    condition = jsonencode({
      for key, account in merge(google_service_account.functions, { builder = google_service_account.builder }) : key => [account.account_id, account.project, account.display_name, account.description]
      }) == jsonencode({
      builder       = ["function-builder", "fieldday-project", "fieldday-test function builder", "What builds functions' images of their sources."]
      resize-photos = ["function-resize-photos", "fieldday-project", "fieldday-test resize-photos", "What the function resize-photos runs as."]
      send-report   = ["function-send-report", "fieldday-project", "fieldday-test send-report", "What the function send-report runs as."]
    })
    error_message = "Functions share an account."
  }

  assert {
    condition = jsonencode([
      { for key, grant in google_secret_manager_secret_iam_member.functions : key => [grant.project, grant.secret_id, grant.role, grant.member == google_service_account.functions["send-report"].member] },
      { for key, grant in google_project_iam_member.events : key => [grant.project, grant.role, grant.member == google_service_account.functions["resize-photos"].member] },
      { for key, grant in google_cloud_run_v2_service_iam_member.invokers : key => [
        grant.project, grant.location, grant.name, grant.role, grant.member == google_service_account.functions["resize-photos"].member ? "itself" : grant.member,
      ] },
      ]) == jsonencode([
      { "send-report/MAIL_KEY" = ["fieldday-project", "fieldday-test-notification", "roles/secretmanager.secretAccessor", true] },
      { "resize-photos" = ["fieldday-project", "roles/eventarc.eventReceiver", true] },
      {
        "resize-photos/itself" = ["fieldday-project", "us-east1", "resize-photos", "roles/run.invoker", "itself"]
        "send-report/jobs"     = ["fieldday-project", "us-east1", "send-report", "roles/run.invoker", "serviceAccount:service-jobs@fieldday-project.iam.gserviceaccount.com"]
      },
    ])
    error_message = "A function reads others' secrets, or others call it."
  }

  assert {
    condition = jsonencode([
      [google_project_iam_member.builder.project, google_project_iam_member.builder.role, google_project_iam_member.builder.member == google_service_account.builder.member],
      [google_storage_bucket_iam_member.builder.bucket, google_storage_bucket_iam_member.builder.role, google_storage_bucket_iam_member.builder.member == google_service_account.builder.member],
      [
        google_artifact_registry_repository_iam_member.builder.project, google_artifact_registry_repository_iam_member.builder.location,
        google_artifact_registry_repository_iam_member.builder.repository == google_artifact_registry_repository.this.name,
        google_artifact_registry_repository_iam_member.builder.role, google_artifact_registry_repository_iam_member.builder.member == google_service_account.builder.member,
      ],
      ]) == jsonencode([
      ["fieldday-project", "roles/logging.logWriter", true], ["the-sources", "roles/storage.objectViewer", true],
      ["fieldday-project", "us-east1", true, "roles/artifactregistry.writer", true],
    ])
    error_message = "The builder may do more than read sources, push images and log."
  }

  assert {
    condition = jsonencode([
      google_artifact_registry_repository.this.repository_id,
      google_artifact_registry_repository.this.project,
      google_artifact_registry_repository.this.location,
      google_artifact_registry_repository.this.description,
      google_artifact_registry_repository.this.format,
      google_artifact_registry_repository.this.mode,
      google_artifact_registry_repository.this.labels == tomap(var.labels),
      google_artifact_registry_repository.this.kms_key_name,
      google_artifact_registry_repository.this.vulnerability_scanning_config[0].enablement_config,
    ]) == jsonencode(["fieldday-test-functions", "fieldday-project", "us-east1", "The functions' images.", "DOCKER", "STANDARD_REPOSITORY", true, "the-key", "INHERITED"])
    error_message = "Functions' images are not encrypted by our key, or not scanned."
  }

  assert {
    condition = jsonencode([
      output.urls == { for key, function in google_cloudfunctions2_function.this : key => function.url },
      output.service_accounts == { for key, account in google_service_account.functions : key => account.email },
    ]) == jsonencode([true, true])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ images = "the-key", resize-photos = "the-key", send-report = "the-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "a_secret_in_plain_sight_is_refused" {
  command = plan

  variables {
    functions = { send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, environment = { API_KEY = "abc" } } }
  }

  expect_failures = [var.functions]
}

run "the_latest_version_of_a_secret_is_refused" {
  command = plan

  variables {
    functions = { send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, secrets = { KEY = { secret_id = "a", version = "latest" } } } }
  }

  expect_failures = [var.functions]
}

run "a_function_that_everyone_calls_is_refused" {
  command = plan

  variables {
    functions = { send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, invokers = { everyone = "allUsers" } } }
  }

  expect_failures = [var.functions]
}

run "a_long_run_by_a_message_is_refused" {
  command = plan

  variables {
    functions = { send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, timeout_seconds = 600, topic = "projects/p/topics/t" } }
  }

  expect_failures = [var.functions]
}

run "a_function_in_capitals_is_refused" {
  command = plan

  variables {
    functions = { Send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1 } }
  }

  expect_failures = [var.functions]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name       = "F"
    project_id = "Field"
    region     = "us-east1-b"
    labels     = {}
  }

  expect_failures = [var.name, var.project_id, var.region, var.labels]
}

run "labels_in_capitals_are_refused" {
  command = plan

  variables {
    labels = { service = "functions", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
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

run "a_run_without_time_is_refused" {
  command = plan

  variables {
    functions = { send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, timeout_seconds = 0 } }
  }

  expect_failures = [var.functions]
}

run "a_call_of_more_than_an_hour_is_refused" {
  command = plan

  variables {
    functions = { send = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, timeout_seconds = 3601 } }
  }

  expect_failures = [var.functions]
}

run "the_least_and_the_most_are_taken" {
  command = plan

  variables {
    functions = {
      abc  = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, timeout_seconds = 1 }
      call = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, timeout_seconds = 3600 }
      hear = { description = "Sends.", entry_point = "send", source_object = "send.zip", source_generation = 1, timeout_seconds = 540, topic = "projects/p/topics/t" }
    }
  }
}
