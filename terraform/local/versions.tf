terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }

  # The key is that of an environment: `terraform init -backend-config=environments/<it>.s3.tfbackend`.
  backend "s3" {
    bucket         = "fieldday-terraform-state"
    region         = "us-east-1"
    use_lockfile   = true
    encrypt        = true
    use_path_style = true
  }
}
