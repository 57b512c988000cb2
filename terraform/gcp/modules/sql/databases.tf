resource "google_sql_database" "this" {
  for_each = var.databases

  name            = each.key
  project         = var.project_id
  instance        = google_sql_database_instance.this.name
  charset         = "UTF8"
  collation       = "en_US.UTF8"
  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"
}

# Logs in by its Google identity, so there is no password. PostgreSQL uses the account's name
# without its suffix: https://cloud.google.com/sql/docs/postgres/add-manage-iam-users
resource "google_sql_user" "services" {
  for_each = var.databases

  name     = trimsuffix(each.value, ".gserviceaccount.com")
  project  = var.project_id
  instance = google_sql_database_instance.this.name
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
  # A role that owns tables cannot be dropped.
  deletion_policy = "ABANDON"
}
