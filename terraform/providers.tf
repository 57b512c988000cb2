provider "aws" {
  region = var.region
  # Credentials of another account are refused before anything is read.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { ManagedBy = "terraform" }
  }
}

# Keys come from DD_API_KEY and DD_APP_KEY, and are needed only where datadog_enabled is true.
provider "datadog" {
  validate = var.datadog_enabled
}
