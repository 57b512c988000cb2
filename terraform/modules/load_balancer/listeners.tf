resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.application.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }

  tags = merge(
    var.tags,
    { Name = "${local.full_name}-http" },
    local.controller_tags,
    var.ingress_group == null ? {} : { "ingress.k8s.aws/resource" = "80" },
  )
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.application.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.ssl_policy
  certificate_arn   = var.certificate_arn

  # Unknown hosts. The controller's own default is the same.
  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }

  tags = merge(
    var.tags,
    { Name = "${local.full_name}-https" },
    local.controller_tags,
    var.ingress_group == null ? {} : { "ingress.k8s.aws/resource" = "443" },
  )
}

resource "aws_lb_listener_rule" "service" {
  for_each = var.services

  listener_arn = aws_lb_listener.https.arn
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service[each.key].arn
  }

  condition {
    host_header {
      values = each.value.hosts
    }
  }

  tags = merge(var.tags, { Name = "${local.full_name}-${each.key}", Service = each.key })
}

resource "aws_lb_target_group" "service" {
  for_each = var.services

  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; pods answer in plain HTTP inside the private network
  # 32 characters at most, for which an environment's prefix is too long.
  name                          = "${substr(md5(var.name), 0, 8)}-${each.key}"
  vpc_id                        = var.vpc_id
  target_type                   = "ip"
  protocol                      = "HTTP"
  protocol_version              = "HTTP1"
  port                          = var.target_port
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    enabled             = true
    path                = each.value.health_path
    port                = "traffic-port"
    protocol            = "HTTP"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = merge(var.tags, { Name = "${local.full_name}-${each.key}", Service = each.key })
}
