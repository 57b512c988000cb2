terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }

  # Bucket and key are given to `terraform init`: docs/provisioning.md.
  backend "s3" {
    region         = "us-east-1"
    use_lockfile   = true
    encrypt        = true
    use_path_style = true
  }
}
