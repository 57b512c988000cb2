# Who may do what. Each service has an account of its own; none has a key: pods get theirs by
# workload identity (the gke module).

locals {
  role_prefix = replace(var.name, "-", "_")
}

resource "google_service_account" "services" {
  for_each = var.services

  account_id   = "service-${each.key}"
  project      = var.project_id
  display_name = "${var.name} ${each.key}"
  description  = "What ${each.key}'s pods run as."
}

resource "google_service_account" "deployer" {
  account_id   = "release-deployer"
  project      = var.project_id
  display_name = "${var.name} deployer"
  description  = "What the release pipeline runs as: pushes images, signs them, and reaches the cluster."
}

resource "google_service_account" "external_secrets" {
  account_id   = "external-secrets"
  project      = var.project_id
  display_name = "${var.name} External Secrets"
  description  = "What copies the services' secrets into the cluster."
}

resource "google_project_iam_custom_role" "database_client" {
  role_id     = "${local.role_prefix}_database_client"
  project     = var.project_id
  title       = "${var.name} database client"
  description = "Logs in to the database, and no more: what it may read and write, PostgreSQL's own grants say."
  stage       = "GA"
  permissions = ["cloudsql.instances.connect", "cloudsql.instances.get", "cloudsql.instances.login"]
}

resource "google_project_iam_custom_role" "deployer" {
  role_id     = "${local.role_prefix}_deployer"
  project     = var.project_id
  title       = "${var.name} deployer"
  description = "Finds the cluster and attests images. Inside the cluster, Kubernetes' own roles bind it."
  stage       = "GA"
  permissions = [
    "binaryauthorization.attestors.get",
    "binaryauthorization.attestors.verifyImageAttested",
    "container.clusters.connect",
    "container.clusters.get",
    "containeranalysis.notes.attachOccurrence",
    "containeranalysis.notes.get",
    "containeranalysis.occurrences.create",
    "containeranalysis.occurrences.get",
    "containeranalysis.occurrences.list",
  ]
}

resource "google_project_iam_member" "database_client" {
  for_each = { for name, service in var.services : name => service if contains(service.stores, "postgresql") }

  project = var.project_id
  role    = google_project_iam_custom_role.database_client.id
  member  = google_service_account.services[each.key].member

  condition {
    title       = "this-database"
    description = "This environment's instance and its replica alone."
    expression  = "resource.service == 'sqladmin.googleapis.com' && resource.name.startsWith('projects/${var.project_id}/instances/${var.database_instance}')"
  }
}

resource "google_project_iam_member" "deployer" {
  project = var.project_id
  role    = google_project_iam_custom_role.deployer.id
  member  = google_service_account.deployer.member
}
