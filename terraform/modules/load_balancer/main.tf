locals {
  full_name = "${var.name}-edge"

  # By these tags the controller finds its load balancer, instead of creating one:
  # https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/228
  controller_tags = var.ingress_group == null ? {} : {
    "elbv2.k8s.aws/cluster" = var.ingress_group.cluster
    "ingress.k8s.aws/stack" = var.ingress_group.group
  }
}

resource "aws_lb" "application" {
  #checkov:skip=CKV2_AWS_76:the firewall is given by web_acl_arn; the one of the security module has the rules against Log4j (AWSManagedRulesKnownBadInputsRuleSet)
  name                                        = local.full_name
  load_balancer_type                          = "application"
  internal                                    = var.internal
  subnets                                     = var.subnet_ids
  security_groups                             = [aws_security_group.application.id]
  enable_deletion_protection                  = var.deletion_protection
  enable_cross_zone_load_balancing            = true
  enable_http2                                = true
  enable_tls_version_and_cipher_suite_headers = true
  enable_waf_fail_open                        = false
  enable_zonal_shift                          = true
  drop_invalid_header_fields                  = true
  desync_mitigation_mode                      = "defensive"
  preserve_host_header                        = true
  xff_header_processing_mode                  = "append"
  idle_timeout                                = var.idle_timeout_seconds

  access_logs {
    enabled = true
    bucket  = var.logs_bucket
    prefix  = "load-balancer/${var.name}"
  }

  connection_logs {
    enabled = true
    bucket  = var.logs_bucket
    prefix  = "load-balancer-connections/${var.name}"
  }

  tags = merge(
    var.tags,
    { Name = local.full_name },
    local.controller_tags,
    var.ingress_group == null ? {} : { "ingress.k8s.aws/resource" = "LoadBalancer" },
  )

  lifecycle {
    precondition {
      condition     = var.ingress_group == null || length(var.services) == 0
      error_message = "services: ${join(", ", keys(var.services))} has a rule, but with ingress_group the controller removes rules without an Ingress. Use these services an Ingress, or leave ingress_group out."
    }
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = aws_lb.application.arn
  web_acl_arn  = var.web_acl_arn
}

resource "aws_security_group" "application" {
  name        = local.full_name
  description = "HTTP and HTTPS from clients, on to pods"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = local.full_name })
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each = var.client_cidrs

  security_group_id = aws_security_group.application.id
  description       = "HTTPS from ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.key

  tags = merge(var.tags, { Name = "${local.full_name}-https" })
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  for_each = var.client_cidrs

  #checkov:skip=CKV_AWS_260:port 80 answers with nothing but a redirect to HTTPS
  security_group_id = aws_security_group.application.id
  description       = "HTTP from ${each.key}, which is sent to HTTPS"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = each.key

  tags = merge(var.tags, { Name = "${local.full_name}-http" })
}

resource "aws_vpc_security_group_egress_rule" "pods" {
  security_group_id            = aws_security_group.application.id
  description                  = "On to pods"
  ip_protocol                  = "tcp"
  from_port                    = var.target_port
  to_port                      = var.target_port
  referenced_security_group_id = var.target_security_group_id

  tags = merge(var.tags, { Name = "${local.full_name}-pods" })
}
