# Every look at data is on record, not only every change.
resource "google_project_iam_audit_config" "everything" {
  project = var.project_id
  service = "allServices"

  dynamic "audit_log_config" {
    for_each = toset(["ADMIN_READ", "DATA_READ", "DATA_WRITE"])

    content {
      log_type = audit_log_config.key
    }
  }
}
