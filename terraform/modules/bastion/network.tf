resource "aws_security_group" "this" {
  name        = local.full_name
  description = "The bastion: in by SSM Session Manager, out to AWS and databases"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = local.full_name })
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  for_each = var.ssh_cidrs

  security_group_id = aws_security_group.this.id
  description       = "SSH from ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = each.key

  tags = merge(var.tags, { Name = "${local.full_name}-ssh" })
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "HTTPS to AWS, packages and the cluster's API server"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"

  tags = merge(var.tags, { Name = "${local.full_name}-https" })
}

resource "aws_vpc_security_group_egress_rule" "database" {
  for_each = { for port in var.database_ports : tostring(port) => port }

  security_group_id = aws_security_group.this.id
  description       = "Databases on ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = var.vpc_cidr

  tags = merge(var.tags, { Name = "${local.full_name}-${each.key}" })
}
