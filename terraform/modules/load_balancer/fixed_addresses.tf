# An application load balancer's addresses change; this one in front keeps its own. It forwards TCP
# with the clients' addresses.
resource "aws_eip" "network" {
  for_each = var.fixed_addresses && !var.internal ? { for index, subnet in var.subnet_ids : tostring(index) => subnet } : {}

  #checkov:skip=CKV2_AWS_19:it belongs to the load balancer below, by subnet_mapping, where the check does not look
  domain = "vpc"

  tags = merge(var.tags, { Name = "${local.full_name}-${each.key}" })
}

resource "aws_lb" "network" {
  count = var.fixed_addresses ? 1 : 0

  name                             = "${local.full_name}-fixed"
  load_balancer_type               = "network"
  internal                         = var.internal
  security_groups                  = [aws_security_group.network[0].id]
  enable_deletion_protection       = var.deletion_protection
  enable_cross_zone_load_balancing = true
  enable_zonal_shift               = true

  dynamic "subnet_mapping" {
    for_each = { for index, subnet in var.subnet_ids : tostring(index) => subnet }

    content {
      subnet_id     = subnet_mapping.value
      allocation_id = var.internal ? null : aws_eip.network[subnet_mapping.key].allocation_id
    }
  }

  access_logs {
    enabled = true
    bucket  = var.logs_bucket
    prefix  = "network-load-balancer/${var.name}"
  }

  tags = merge(var.tags, { Name = "${local.full_name}-fixed" })
}

resource "aws_lb_listener" "network" {
  for_each = var.fixed_addresses ? toset(["80", "443"]) : []

  load_balancer_arn = aws_lb.network[0].arn
  port              = tonumber(each.key)
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.network[each.key].arn
  }

  tags = merge(var.tags, { Name = "${local.full_name}-fixed-${each.key}" })
}

resource "aws_lb_target_group" "network" {
  for_each = var.fixed_addresses ? toset(["80", "443"]) : []

  name        = "${substr(md5(var.name), 0, 8)}-fixed-${each.key}"
  vpc_id      = var.vpc_id
  target_type = "alb"
  protocol    = "TCP"
  port        = tonumber(each.key)

  # Any answer is healthy: an unknown host gets 404, port 80 a redirect.
  health_check {
    enabled  = true
    path     = "/"
    port     = "traffic-port"
    protocol = each.key == "443" ? "HTTPS" : "HTTP"
    matcher  = "200-499"
  }

  tags = merge(var.tags, { Name = "${local.full_name}-fixed-${each.key}" })
}

resource "aws_lb_target_group_attachment" "network" {
  for_each = var.fixed_addresses ? toset(["80", "443"]) : []

  target_group_arn = aws_lb_target_group.network[each.key].arn
  target_id        = aws_lb.application.arn
  port             = tonumber(each.key)

  # A target group accepts an application load balancer only once that listens on the port.
  depends_on = [aws_lb_listener.http, aws_lb_listener.https]
}

resource "aws_security_group" "network" {
  count = var.fixed_addresses ? 1 : 0

  name        = "${local.full_name}-fixed"
  description = "HTTP and HTTPS from clients, on to the application load balancer"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${local.full_name}-fixed" })
}

resource "aws_vpc_security_group_ingress_rule" "network" {
  for_each = var.fixed_addresses ? {
    for pair in setproduct(["80", "443"], var.client_cidrs) : "${pair[0]} ${pair[1]}" => { port = tonumber(pair[0]), cidr = pair[1] }
  } : {}

  security_group_id = aws_security_group.network[0].id
  description       = "Port ${each.value.port} from ${each.value.cidr}"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr

  tags = merge(var.tags, { Name = "${local.full_name}-fixed-${each.value.port}" })
}

resource "aws_vpc_security_group_egress_rule" "network" {
  for_each = var.fixed_addresses ? toset(["80", "443"]) : []

  security_group_id            = aws_security_group.network[0].id
  description                  = "Port ${each.key} of the application load balancer"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  referenced_security_group_id = aws_security_group.application.id

  tags = merge(var.tags, { Name = "${local.full_name}-fixed-${each.key}" })
}

# The health check comes from the network load balancer itself, not from a client.
resource "aws_vpc_security_group_ingress_rule" "from_network" {
  for_each = var.fixed_addresses ? toset(["80", "443"]) : []

  security_group_id            = aws_security_group.application.id
  description                  = "Port ${each.key} from the network load balancer"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  referenced_security_group_id = aws_security_group.network[0].id

  tags = merge(var.tags, { Name = "${local.full_name}-from-fixed-${each.key}" })
}
