locals {
  full_name = "${var.name}-vpn"

  # Both together: a client needs its certificate and its user's sign-in.
  authentication = merge(
    var.client_certificate_authority_arn == null ? {} : { certificate-authentication = var.client_certificate_authority_arn },
    var.saml_provider_arn == null ? {} : { federated-authentication = var.saml_provider_arn },
  )
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  description                   = "Into the network of ${var.name}"
  server_certificate_arn        = var.server_certificate_arn
  client_cidr_block             = var.client_cidr
  vpc_id                        = var.vpc_id
  security_group_ids            = [aws_security_group.this.id]
  transport_protocol            = "udp"
  vpn_port                      = 443
  split_tunnel                  = true
  session_timeout_hours         = var.session_hours
  disconnect_on_session_timeout = true
  self_service_portal           = var.saml_provider_arn == null ? "disabled" : "enabled"

  dynamic "authentication_options" {
    for_each = local.authentication

    content {
      type                       = authentication_options.key
      root_certificate_chain_arn = authentication_options.key == "certificate-authentication" ? authentication_options.value : null
      saml_provider_arn          = authentication_options.key == "federated-authentication" ? authentication_options.value : null
    }
  }

  connection_log_options {
    enabled               = true
    cloudwatch_log_group  = aws_cloudwatch_log_group.this.name
    cloudwatch_log_stream = aws_cloudwatch_log_stream.this.name
  }

  client_login_banner_options {
    enabled     = true
    banner_text = "FieldDay's network. Connections are logged."
  }

  # Routes that a client adds are removed.
  client_route_enforcement_options {
    enforced = true
  }

  tags = merge(var.tags, { Name = local.full_name })

  lifecycle {
    precondition {
      condition     = length(local.authentication) > 0
      error_message = "client_certificate_authority_arn, saml_provider_arn: neither is given, so users could not be authenticated. Set one or both."
    }

    precondition {
      condition     = var.saml_provider_arn != null || alltrue([for rule in var.authorizations : rule.group == null])
      error_message = "authorizations: ${join(", ", [for name, rule in var.authorizations : name if rule.group != null])} names a group, but certificates know no groups. Use saml_provider_arn, or leave the group out."
    }
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  for_each = { for index, subnet in var.subnet_ids : tostring(index) => subnet }

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = each.value
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = var.authorizations

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  description            = each.key
  target_network_cidr    = each.value.cidr
  access_group_id        = each.value.group
  authorize_all_groups   = each.value.group == null ? true : null
}

resource "aws_security_group" "this" {
  name        = local.full_name
  description = "Clients of the VPN, into this network alone"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = local.full_name })
}

resource "aws_vpc_security_group_egress_rule" "network" {
  security_group_id = aws_security_group.this.id
  description       = "Into this network"
  ip_protocol       = "-1"
  cidr_ipv4         = var.vpc_cidr

  tags = merge(var.tags, { Name = local.full_name })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/fieldday/${local.full_name}/connections"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = merge(var.tags, { Name = "/fieldday/${local.full_name}/connections" })
}

resource "aws_cloudwatch_log_stream" "this" {
  name           = "connections"
  log_group_name = aws_cloudwatch_log_group.this.name
}
