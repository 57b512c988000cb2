# Addresses that never change lead to the application load balancer.
mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/fieldday-test-edge/0a1b2c3d" }
  }
  override_resource {
    target = aws_lb.network
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/fieldday-test-edge-fixed/0a1b2c3d" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/net/fieldday-test-edge-fixed/0a1b2c3d/one" }
  }
  override_resource {
    target = aws_lb_target_group.network["80"]
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/fixed-80/0a1b2c3d" }
  }
  override_resource {
    target = aws_lb_target_group.network["443"]
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/fixed-443/0a1b2c3d" }
  }
}

run "fixed_addresses" {
  variables {
    fixed_addresses = true
    client_cidrs    = ["203.0.113.0/24"]
  }

  assert {
    condition = jsonencode([
      aws_lb.network[0].name, aws_lb.network[0].load_balancer_type, aws_lb.network[0].internal, aws_lb.network[0].security_groups,
      aws_lb.network[0].enable_deletion_protection, aws_lb.network[0].enable_cross_zone_load_balancing, aws_lb.network[0].enable_zonal_shift,
      aws_lb.network[0].access_logs[0],
      ]) == jsonencode([
      "fieldday-test-edge-fixed", "network", false, [aws_security_group.network[0].id], true, true, true,
      { bucket = "fieldday-test-logs", enabled = true, prefix = "network-load-balancer/fieldday-test" },
    ])
    error_message = "The network load balancer differs."
  }

  assert {
    condition = {
      for mapping in aws_lb.network[0].subnet_mapping : mapping.subnet_id => mapping.allocation_id
      } == {
      subnet-a = aws_eip.network["0"].allocation_id
      subnet-b = aws_eip.network["1"].allocation_id
    }
    error_message = "A zone has no fixed address."
  }

  assert {
    condition     = alltrue([for address in aws_eip.network : address.domain == "vpc"]) && output.fixed_addresses == [for address in aws_eip.network : address.public_ip] && output.fixed_dns_name == aws_lb.network[0].dns_name
    error_message = "The outputs do not give the addresses."
  }

  assert {
    condition = jsonencode({
      for port in ["80", "443"] : port => [
        aws_lb_listener.network[port].load_balancer_arn, aws_lb_listener.network[port].port, aws_lb_listener.network[port].protocol,
        aws_lb_listener.network[port].default_action[0].type, aws_lb_listener.network[port].default_action[0].target_group_arn,
        aws_lb_target_group.network[port].name, aws_lb_target_group.network[port].vpc_id, aws_lb_target_group.network[port].target_type,
        aws_lb_target_group.network[port].protocol, aws_lb_target_group.network[port].port,
        aws_lb_target_group.network[port].health_check[0].enabled, aws_lb_target_group.network[port].health_check[0].path,
        aws_lb_target_group.network[port].health_check[0].port, aws_lb_target_group.network[port].health_check[0].protocol,
        aws_lb_target_group.network[port].health_check[0].matcher,
        aws_lb_target_group_attachment.network[port].target_group_arn, aws_lb_target_group_attachment.network[port].target_id,
        aws_lb_target_group_attachment.network[port].port,
      ]
      }) == jsonencode({
      for port, protocol in { "80" = "HTTP", "443" = "HTTPS" } : port => [
        aws_lb.network[0].arn, tonumber(port), "TCP", "forward", "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/fixed-${port}/0a1b2c3d",
        "${substr(md5("fieldday-test"), 0, 8)}-fixed-${port}", "vpc-0a1b2c3d4e5f60718", "alb", "TCP", tonumber(port),
        true, "/", "traffic-port", protocol, "200-499",
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/fixed-${port}/0a1b2c3d", aws_lb.application.arn, tonumber(port),
      ]
    }) && length(aws_lb_listener.network) == 2
    error_message = "What arrives at a fixed address is not handed to the application load balancer."
  }

  assert {
    condition = jsonencode(concat(
      [for rule in values(aws_vpc_security_group_ingress_rule.network) : [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4]],
      [for rule in concat(values(aws_vpc_security_group_egress_rule.network), values(aws_vpc_security_group_ingress_rule.from_network)) :
      [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.referenced_security_group_id]],
      )) == jsonencode([
      [aws_security_group.network[0].id, "tcp", 443, 443, "203.0.113.0/24"],
      [aws_security_group.network[0].id, "tcp", 80, 80, "203.0.113.0/24"],
      [aws_security_group.network[0].id, "tcp", 443, 443, aws_security_group.application.id],
      [aws_security_group.network[0].id, "tcp", 80, 80, aws_security_group.application.id],
      [aws_security_group.application.id, "tcp", 443, 443, aws_security_group.network[0].id],
      [aws_security_group.application.id, "tcp", 80, 80, aws_security_group.network[0].id],
    ])
    error_message = "Others than the named networks come in, or it does not reach the application load balancer."
  }

  assert {
    condition     = aws_security_group.network[0].name == "fieldday-test-edge-fixed" && aws_security_group.network[0].vpc_id == "vpc-0a1b2c3d4e5f60718"
    error_message = "The security group is not of this network."
  }
}
