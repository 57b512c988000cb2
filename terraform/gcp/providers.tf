provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = { managed_by = "terraform" }

  # The quota and the audit log are the project's own, not those of whoever runs Terraform.
  user_project_override = true
  billing_project       = var.project_id
}
