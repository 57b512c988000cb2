# Credentials, which the sandbox's AWS API ignores, are in the environment.
provider "aws" {
  region                      = "us-east-1"
  s3_force_path_style         = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  max_retries                 = 3

  endpoints {
    cloudwatch     = var.endpoint_url
    ec2            = var.endpoint_url
    kms            = var.endpoint_url
    rds            = var.endpoint_url
    s3             = var.endpoint_url
    secretsmanager = var.endpoint_url
    sns            = var.endpoint_url
    sts            = var.endpoint_url
  }

  default_tags {
    tags = local.tags
  }
}
