# The VPN: who may connect, what they reach, and that it is written down.
mock_provider "aws" {
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/fieldday/fieldday-test-vpn/connections" }
  }
}

run "mutual_tls" {
  assert {
    condition = jsonencode([
      aws_ec2_client_vpn_endpoint.this.server_certificate_arn, aws_ec2_client_vpn_endpoint.this.client_cidr_block, aws_ec2_client_vpn_endpoint.this.vpc_id,
      aws_ec2_client_vpn_endpoint.this.security_group_ids, aws_ec2_client_vpn_endpoint.this.transport_protocol, aws_ec2_client_vpn_endpoint.this.vpn_port,
      aws_ec2_client_vpn_endpoint.this.split_tunnel, aws_ec2_client_vpn_endpoint.this.session_timeout_hours,
      aws_ec2_client_vpn_endpoint.this.disconnect_on_session_timeout, aws_ec2_client_vpn_endpoint.this.self_service_portal,
      ]) == jsonencode([
      "arn:aws:acm:us-east-1:111122223333:certificate/server", "10.200.0.0/22", "vpc-0a1b2c3d4e5f60718",
      [aws_security_group.this.id], "udp", 443, true, 8, true, "disabled",
    ])
    error_message = "The endpoint differs, or sessions do not end."
  }

  assert {
    condition = [
      for option in aws_ec2_client_vpn_endpoint.this.authentication_options : "${option.type} ${option.root_certificate_chain_arn}"
    ] == ["certificate-authentication arn:aws:acm:us-east-1:111122223333:certificate/clients"]
    error_message = "Clients need no certificate of the authority."
  }

  assert {
    condition = jsonencode([
      aws_ec2_client_vpn_endpoint.this.connection_log_options[0].enabled,
      aws_ec2_client_vpn_endpoint.this.connection_log_options[0].cloudwatch_log_group,
      aws_ec2_client_vpn_endpoint.this.connection_log_options[0].cloudwatch_log_stream,
      aws_ec2_client_vpn_endpoint.this.client_login_banner_options[0].enabled,
      aws_ec2_client_vpn_endpoint.this.client_login_banner_options[0].banner_text,
      aws_ec2_client_vpn_endpoint.this.client_route_enforcement_options[0].enforced,
    ]) == jsonencode([true, "/fieldday/fieldday-test-vpn/connections", "connections", true, "FieldDay's network. Connections are logged.", true])
    error_message = "Connections are not logged, not announced, or clients may route otherwise."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_group.this.name, aws_cloudwatch_log_group.this.retention_in_days, aws_cloudwatch_log_group.this.kms_key_id,
      aws_cloudwatch_log_stream.this.log_group_name,
    ]) == jsonencode(["/fieldday/fieldday-test-vpn/connections", 365, "arn:aws:kms:us-east-1:111122223333:key/logs", "/fieldday/fieldday-test-vpn/connections"])
    error_message = "The log is not encrypted by the key, or not kept for a year."
  }

  assert {
    condition = {
      for name, association in aws_ec2_client_vpn_network_association.this : name => [association.client_vpn_endpoint_id, association.subnet_id]
      } == {
      "0" = [aws_ec2_client_vpn_endpoint.this.id, "subnet-a"]
      "1" = [aws_ec2_client_vpn_endpoint.this.id, "subnet-b"]
    }
    error_message = "The VPN does not end in each subnet."
  }

  assert {
    condition = {
      for name, rule in aws_ec2_client_vpn_authorization_rule.this : name => [rule.client_vpn_endpoint_id, rule.description, rule.target_network_cidr, rule.authorize_all_groups]
      } == {
      network = [aws_ec2_client_vpn_endpoint.this.id, "network", "10.0.0.0/16", true]
    }
    error_message = "Clients reach other than what was named."
  }

  assert {
    condition = jsonencode([
      aws_security_group.this.name, aws_security_group.this.vpc_id, aws_vpc_security_group_egress_rule.network.security_group_id,
      aws_vpc_security_group_egress_rule.network.ip_protocol, aws_vpc_security_group_egress_rule.network.cidr_ipv4,
    ]) == jsonencode(["fieldday-test-vpn", "vpc-0a1b2c3d4e5f60718", aws_security_group.this.id, "-1", "10.0.0.0/16"])
    error_message = "Clients reach more than this network."
  }

  assert {
    condition = jsonencode([output.endpoint_id, output.dns_name, output.portal_url, output.security_group_id, output.log_group]) == jsonencode([
      aws_ec2_client_vpn_endpoint.this.id, aws_ec2_client_vpn_endpoint.this.dns_name, aws_ec2_client_vpn_endpoint.this.self_service_portal_url,
      aws_security_group.this.id, "/fieldday/fieldday-test-vpn/connections",
    ])
    error_message = "An output gives something else than its name says."
  }

  assert {
    condition = {
      for resource in [aws_ec2_client_vpn_endpoint.this, aws_security_group.this, aws_vpc_security_group_egress_rule.network, aws_cloudwatch_log_group.this] :
      resource.tags.Name => { for key, value in resource.tags : key => value if key != "Name" }...
      } == {
      "fieldday-test-vpn"                       = [for _ in range(3) : { for key, value in var.tags : key => value }]
      "/fieldday/fieldday-test-vpn/connections" = [{ for key, value in var.tags : key => value }]
    }
    error_message = "A resource lacks its name or one of the five tags."
  }
}

run "single_sign_on_with_groups" {
  variables {
    saml_provider_arn  = "arn:aws:iam::111122223333:saml-provider/sso"
    session_hours      = 12
    log_retention_days = 90
    authorizations = {
      network   = { cidr = "10.0.0.0/18" }
      databases = { cidr = "10.0.16.0/20", group = "0a1b2c3d" }
    }
  }

  assert {
    condition = jsonencode(sort([
      for option in aws_ec2_client_vpn_endpoint.this.authentication_options :
      "${option.type} ${option.type == "certificate-authentication" ? option.root_certificate_chain_arn : option.saml_provider_arn}"
      ])) == jsonencode([
      "certificate-authentication arn:aws:acm:us-east-1:111122223333:certificate/clients",
      "federated-authentication arn:aws:iam::111122223333:saml-provider/sso",
    ])
    error_message = "A client does not need both its certificate and its user's sign-in."
  }

  assert {
    condition     = aws_ec2_client_vpn_endpoint.this.self_service_portal == "enabled" && aws_ec2_client_vpn_endpoint.this.session_timeout_hours == 12 && aws_cloudwatch_log_group.this.retention_in_days == 90
    error_message = "What was asked for was not made."
  }

  assert {
    condition     = aws_ec2_client_vpn_authorization_rule.this["databases"].access_group_id == "0a1b2c3d" && aws_ec2_client_vpn_authorization_rule.this["databases"].authorize_all_groups == null && aws_ec2_client_vpn_authorization_rule.this["network"].authorize_all_groups
    error_message = "Others than the group reach the databases."
  }
}

run "single_sign_on_alone" {
  variables {
    client_certificate_authority_arn = null
    saml_provider_arn                = "arn:aws:iam::111122223333:saml-provider/sso"
  }

  assert {
    condition     = [for option in aws_ec2_client_vpn_endpoint.this.authentication_options : "${option.type} ${option.saml_provider_arn}"] == ["federated-authentication arn:aws:iam::111122223333:saml-provider/sso"]
    error_message = "Users do not sign in."
  }
}
