data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account     = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  region      = data.aws_region.current.region
  environment = var.tags["Environment"]
  production  = local.environment == "production"

  # Where anything of this environment is; CloudFront's parts are in us-east-1.
  regions = distinct(concat([local.region, "us-east-1"], var.recovery_region == null ? [] : [var.recovery_region]))
}
