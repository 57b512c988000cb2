# Each function has an account that may read its own secrets, and nothing else; the builder
# may read sources and push images.

locals {
  secret_readers = merge([
    for name, function in var.functions : { for key, secret in function.secrets : "${name}/${key}" => { function = name, secret_id = secret.secret_id } }
  ]...)

  triggered = { for name, function in var.functions : name => function.topic if function.topic != null }

  invokers = merge(
    { for name in keys(local.triggered) : "${name}/itself" => { function = name, member = google_service_account.functions[name].member } },
    merge([
      for name, function in var.functions : { for key, member in function.invokers : "${name}/${key}" => { function = name, member = member } }
    ]...),
  )
}

resource "google_service_account" "functions" {
  for_each = var.functions

  account_id   = "function-${each.key}"
  project      = var.project_id
  display_name = "${var.name} ${each.key}"
  description  = "What the function ${each.key} runs as."
}

resource "google_secret_manager_secret_iam_member" "functions" {
  for_each = local.secret_readers

  project   = var.project_id
  secret_id = each.value.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.functions[each.value.function].member
}

# Events arrive as the function's own account, which therefore may call it.
resource "google_project_iam_member" "events" {
  for_each = local.triggered

  project = var.project_id
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.functions[each.key].member
}

resource "google_cloud_run_v2_service_iam_member" "invokers" {
  for_each = local.invokers

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this[each.value.function].name
  role     = "roles/run.invoker"
  member   = each.value.member
}

resource "google_service_account" "builder" {
  account_id   = "function-builder"
  project      = var.project_id
  display_name = "${var.name} function builder"
  description  = "What builds functions' images of their sources."
}

resource "google_project_iam_member" "builder" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket = var.source_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.builder.member
}

resource "google_artifact_registry_repository" "this" {
  repository_id = "${var.name}-functions"
  project       = var.project_id
  location      = var.region
  description   = "The functions' images."
  format        = "DOCKER"
  mode          = "STANDARD_REPOSITORY"
  labels        = var.labels
  kms_key_name  = var.key_id

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.this.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}
