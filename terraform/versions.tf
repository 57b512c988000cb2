terraform {
  required_version = ">= 1.11.0"

  required_providers {
    # Pinned for modules/lambda.
    # tflint-ignore: terraform_unused_required_providers
    archive = {
      source  = "hashicorp/archive"
      version = "2.8.1"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "6.69.1"
    }
    datadog = {
      source  = "DataDog/datadog"
      version = "4.25.0"
    }
  }

  # Production's state. `terraform init -backend-config=environments/staging.s3.tfbackend` and the
  # like choose another environment's; a state records its environment (guards.tf). The bucket and its
  # key come from bootstrap/. 111122223333 stands for the account.
  backend "s3" {
    bucket       = "fieldday-terraform-state-111122223333"
    key          = "aws/production/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    kms_key_id   = "alias/fieldday-terraform-state"
    use_lockfile = true
  }
}
