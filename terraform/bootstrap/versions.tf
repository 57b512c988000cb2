terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.69.1"
    }
  }

  # This state begins on the machine of whoever creates the bucket, and then moves into it: see README.md.
}
