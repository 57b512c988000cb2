data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  environment = var.tags["Environment"]
  region      = data.aws_region.current.region
  platform    = trimprefix(var.platform_channel, "#")
  channels    = setunion(toset([for service in values(var.services) : trimprefix(service.paging, "#")]), [local.platform])

  # Who is paged for a service.
  paging = { for name, service in var.services : name => trimprefix(service.paging, "#") }
}
