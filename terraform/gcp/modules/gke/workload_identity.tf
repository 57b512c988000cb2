resource "google_service_account_iam_member" "workloads" {
  for_each = var.workload_identities

  service_account_id = "projects/${var.project_id}/serviceAccounts/${each.value.google_account}"
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${google_container_cluster.this.workload_identity_config[0].workload_pool}[${each.value.namespace}/${each.value.service_account}]"
}
