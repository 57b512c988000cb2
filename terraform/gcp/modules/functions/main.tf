resource "google_cloudfunctions2_function" "this" {
  for_each = var.functions

  name         = each.key
  project      = var.project_id
  location     = var.region
  description  = each.value.description
  labels       = merge(var.labels, { service = each.key })
  kms_key_name = var.key_id

  build_config {
    runtime           = each.value.runtime
    entry_point       = each.value.entry_point
    service_account   = google_service_account.builder.name
    docker_repository = google_artifact_registry_repository.this.id

    source {
      storage_source {
        bucket     = var.source_bucket
        object     = each.value.source_object
        generation = each.value.source_generation
      }
    }

    # Patches of the runtime come with the next deployment, so that what runs is what was tested.
    on_deploy_update_policy {}
  }

  service_config {
    available_memory               = each.value.memory
    available_cpu                  = each.value.cpu
    timeout_seconds                = each.value.timeout_seconds
    min_instance_count             = 0
    max_instance_count             = each.value.max_instances
    ingress_settings               = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true
    service_account_email          = google_service_account.functions[each.key].email
    environment_variables          = each.value.environment
    direct_vpc_egress              = "VPC_EGRESS_ALL_TRAFFIC"

    direct_vpc_network_interface {
      network    = var.network_id
      subnetwork = var.subnet_id
      tags       = [var.function_tag]
    }

    dynamic "secret_environment_variables" {
      for_each = each.value.secrets

      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value.secret_id
        version    = secret_environment_variables.value.version
      }
    }
  }

  dynamic "event_trigger" {
    for_each = each.value.topic == null ? [] : [each.value.topic]

    content {
      event_type            = "google.cloud.pubsub.topic.v1.messagePublished"
      pubsub_topic          = event_trigger.value
      trigger_region        = var.region
      retry_policy          = "RETRY_POLICY_RETRY"
      service_account_email = google_service_account.functions[each.key].email
    }
  }

  depends_on = [google_project_iam_member.builder, google_storage_bucket_iam_member.builder, google_secret_manager_secret_iam_member.functions]
}
