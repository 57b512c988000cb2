provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = { managed_by = "terraform" }

  # Quota and audit log are those of the project, not of whoever runs Terraform.
  user_project_override = true
  billing_project       = var.project_id
}
