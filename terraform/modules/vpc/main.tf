data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  zones = { for index, zone in var.zones : zone => index }

  # Public and database subnets are small and share the first quarter; each private subnet is a
  # quarter of its own, since every pod has an address there. The public ones are all in the first
  # sixteenth, so that one CIDR names them (networkPolicy.edgeCidr of the charts).
  edge_cidr     = cidrsubnet(var.cidr, 4, 0)
  public_cidrs  = { for zone, index in local.zones : zone => cidrsubnet(local.edge_cidr, 2, index) }
  database_cidr = cidrsubnet(var.cidr, 4, 1)
  database_cidrs = {
    for zone, index in local.zones : zone => cidrsubnet(local.database_cidr, 2, index)
  }
  private_cidrs = { for zone, index in local.zones : zone => cidrsubnet(var.cidr, 2, index + 1) }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = merge(var.tags, { Name = var.name })
}

# The group that a network interface falls into when it names none. Without rules nothing passes.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default-unused" })
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}
