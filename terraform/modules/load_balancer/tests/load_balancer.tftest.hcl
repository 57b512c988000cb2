# The edge: TLS, the firewall, logs, who reaches what, and addresses that never change.
mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/fieldday-test-edge/0a1b2c3d"
      arn_suffix = "app/fieldday-test-edge/0a1b2c3d"
    }
  }
  override_resource {
    target = aws_lb.network
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/fieldday-test-edge-fixed/0a1b2c3d" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/fieldday-test-edge/0a1b2c3d/other" }
  }
  override_resource {
    target = aws_lb_listener.https
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/fieldday-test-edge/0a1b2c3d/https" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/service/0a1b2c3d", arn_suffix = "targetgroup/service/0a1b2c3d" }
  }
}

run "application_load_balancer" {
  assert {
    condition = jsonencode([
      aws_lb.application.name, aws_lb.application.load_balancer_type, aws_lb.application.internal, sort(aws_lb.application.subnets),
      aws_lb.application.security_groups, aws_lb.application.enable_deletion_protection, aws_lb.application.enable_cross_zone_load_balancing,
      aws_lb.application.enable_http2, aws_lb.application.enable_tls_version_and_cipher_suite_headers, aws_lb.application.enable_waf_fail_open,
      aws_lb.application.enable_zonal_shift, aws_lb.application.drop_invalid_header_fields, aws_lb.application.desync_mitigation_mode,
      aws_lb.application.preserve_host_header, aws_lb.application.xff_header_processing_mode, aws_lb.application.idle_timeout,
      ]) == jsonencode([
      "fieldday-test-edge", "application", false, ["subnet-a", "subnet-b"], [aws_security_group.application.id],
      true, true, true, true, false, true, true, "defensive", true, "append", 60,
    ])
    error_message = "The load balancer can be deleted by a slip, lets bad headers or unchecked requests through, or is another."
  }

  assert {
    condition = jsonencode([aws_lb.application.access_logs[0], aws_lb.application.connection_logs[0]]) == jsonencode([
      { bucket = "fieldday-test-logs", enabled = true, prefix = "load-balancer/fieldday-test" },
      { bucket = "fieldday-test-logs", enabled = true, prefix = "load-balancer-connections/fieldday-test" },
    ])
    error_message = "Requests or connections are not logged."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.this.resource_arn == aws_lb.application.arn && aws_wafv2_web_acl_association.this.web_acl_arn == var.web_acl_arn
    error_message = "The firewall is not in front."
  }

  assert {
    condition = jsonencode([
      aws_lb_listener.http.load_balancer_arn, aws_lb_listener.http.port, aws_lb_listener.http.protocol, aws_lb_listener.http.default_action[0].type,
      aws_lb_listener.http.default_action[0].redirect[0].protocol, aws_lb_listener.http.default_action[0].redirect[0].port,
      aws_lb_listener.http.default_action[0].redirect[0].status_code,
    ]) == jsonencode([aws_lb.application.arn, 80, "HTTP", "redirect", "HTTPS", "443", "HTTP_301"])
    error_message = "Plain HTTP is answered otherwise than by a redirect."
  }

  assert {
    condition = jsonencode([
      aws_lb_listener.https.load_balancer_arn, aws_lb_listener.https.port, aws_lb_listener.https.protocol, aws_lb_listener.https.ssl_policy,
      aws_lb_listener.https.certificate_arn, aws_lb_listener.https.default_action[0].type,
      aws_lb_listener.https.default_action[0].fixed_response[0].content_type, aws_lb_listener.https.default_action[0].fixed_response[0].status_code,
      ]) == jsonencode([
      aws_lb.application.arn, 443, "HTTPS", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      "arn:aws:acm:us-east-1:111122223333:certificate/edge", "fixed-response", "text/plain", "404",
    ])
    error_message = "HTTPS is spoken with old TLS, another certificate, or a host that nobody serves is answered."
  }

  assert {
    condition = jsonencode([
      for rule in [
        aws_vpc_security_group_ingress_rule.https["0.0.0.0/0"], aws_vpc_security_group_ingress_rule.http["0.0.0.0/0"],
      ] : [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4]
      ]) == jsonencode([
      [aws_security_group.application.id, "tcp", 443, 443, "0.0.0.0/0"],
      [aws_security_group.application.id, "tcp", 80, 80, "0.0.0.0/0"],
    ]) && length(aws_vpc_security_group_ingress_rule.https) == 1 && length(aws_vpc_security_group_ingress_rule.http) == 1
    error_message = "Other than HTTP and HTTPS is open."
  }

  assert {
    condition = jsonencode([
      aws_vpc_security_group_egress_rule.pods.security_group_id, aws_vpc_security_group_egress_rule.pods.ip_protocol,
      aws_vpc_security_group_egress_rule.pods.from_port, aws_vpc_security_group_egress_rule.pods.to_port,
      aws_vpc_security_group_egress_rule.pods.referenced_security_group_id, aws_security_group.application.vpc_id, aws_security_group.application.name,
    ]) == jsonencode([aws_security_group.application.id, "tcp", 8080, 8080, "sg-nodes", "vpc-0a1b2c3d4e5f60718", "fieldday-test-edge"])
    error_message = "The load balancer reaches other than pods on their port."
  }

  assert {
    condition = jsonencode([
      length(aws_lb.network), length(aws_eip.network), length(aws_lb_listener.network), length(aws_lb_target_group.network),
      length(aws_lb_target_group_attachment.network), length(aws_security_group.network), length(aws_vpc_security_group_ingress_rule.network),
      length(aws_vpc_security_group_egress_rule.network), length(aws_vpc_security_group_ingress_rule.from_network), output.fixed_addresses,
    ]) == jsonencode([0, 0, 0, 0, 0, 0, 0, 0, 0, []]) && output.fixed_dns_name == null
    error_message = "Fixed addresses are paid for that nobody asked for."
  }

  assert {
    condition = jsonencode([
      output.alb_arn, output.alb_arn_suffix, output.dns_name, output.zone_id, output.security_group_id, output.security_group_name,
      output.target_group_arns, output.target_group_arn_suffixes,
      ]) == jsonencode([
      aws_lb.application.arn, "app/fieldday-test-edge/0a1b2c3d", aws_lb.application.dns_name, aws_lb.application.zone_id,
      aws_security_group.application.id, "fieldday-test-edge", {}, {},
    ])
    error_message = "An output gives something else than its name says."
  }
}

run "services" {
  variables {
    ssl_policy          = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    client_cidrs        = ["203.0.113.0/24"]
    deletion_protection = false
    internal            = true
    target_port         = 9090
    services = {
      api   = { hosts = ["api.test.fieldday.example"], priority = 10 }
      pages = { hosts = ["a.fieldday.example", "b.fieldday.example"], priority = 20, health_path = "/health" }
    }
  }

  assert {
    condition = jsonencode({
      for name, rule in aws_lb_listener_rule.service : name => [
        rule.listener_arn, rule.priority, rule.action[0].type, rule.action[0].target_group_arn,
        flatten([for condition in rule.condition : [for header in condition.host_header : header.values]]),
      ]
      }) == jsonencode({
      api   = [aws_lb_listener.https.arn, 10, "forward", aws_lb_target_group.service["api"].arn, ["api.test.fieldday.example"]]
      pages = [aws_lb_listener.https.arn, 20, "forward", aws_lb_target_group.service["pages"].arn, ["a.fieldday.example", "b.fieldday.example"]]
    })
    error_message = "A host does not lead to its service."
  }

  assert {
    condition = jsonencode({
      for name, group in aws_lb_target_group.service : name => [
        group.name, group.vpc_id, group.target_type, group.protocol, group.protocol_version, group.port, group.deregistration_delay, group.load_balancing_algorithm_type,
        group.health_check[0].enabled, group.health_check[0].path, group.health_check[0].port, group.health_check[0].protocol, group.health_check[0].matcher,
        group.health_check[0].interval, group.health_check[0].timeout, group.health_check[0].healthy_threshold, group.health_check[0].unhealthy_threshold,
      ]
      }) == jsonencode({
      for name, path in { api = "/readyz", pages = "/health" } : name => [
        "${substr(md5("fieldday-test"), 0, 8)}-${name}", "vpc-0a1b2c3d4e5f60718", "ip", "HTTP", "HTTP1", 9090, "30", "least_outstanding_requests",
        true, path, "traffic-port", "HTTP", "200", 10, 5, 2, 3,
      ]
    })
    error_message = "Pods are not found well or unwell as they are."
  }

  assert {
    condition     = alltrue([for name, rule in aws_lb_listener_rule.service : rule.tags.Service == name && rule.tags.Name == "fieldday-test-edge-${name}" && aws_lb_target_group.service[name].tags == rule.tags])
    error_message = "What a service costs is not seen by its own tag."
  }

  assert {
    condition = jsonencode([
      aws_lb_listener.https.ssl_policy, keys(aws_vpc_security_group_ingress_rule.https), keys(aws_vpc_security_group_ingress_rule.http),
      aws_lb.application.enable_deletion_protection, aws_lb.application.internal, aws_vpc_security_group_egress_rule.pods.from_port, aws_vpc_security_group_egress_rule.pods.to_port,
    ]) == jsonencode(["ELBSecurityPolicy-TLS13-1-3-2021-06", ["203.0.113.0/24"], ["203.0.113.0/24"], false, true, 9090, 9090])
    error_message = "What was asked for was not made."
  }

  assert {
    condition = jsonencode([output.target_group_arns, output.target_group_arn_suffixes]) == jsonencode([
      { for name, group in aws_lb_target_group.service : name => group.arn },
      { for name, group in aws_lb_target_group.service : name => "targetgroup/service/0a1b2c3d" },
    ])
    error_message = "The outputs do not give the target groups."
  }
}

run "fixed_addresses_within" {
  variables {
    fixed_addresses     = true
    internal            = true
    deletion_protection = false
  }

  assert {
    condition     = length(aws_eip.network) == 0 && aws_lb.network[0].internal && !aws_lb.network[0].enable_deletion_protection
    error_message = "An internal load balancer has public addresses."
  }
}

run "rules_from_ingresses" {
  variables {
    ingress_group = { cluster = "fieldday-test", group = "fieldday-test" }
  }

  assert {
    condition = [
      for resource in [aws_lb.application, aws_lb_listener.http, aws_lb_listener.https] :
      { for key, value in resource.tags : key => value if strcontains(key, "k8s.aws/") }
      ] == [
      for resource in ["LoadBalancer", "80", "443"] :
      { "elbv2.k8s.aws/cluster" = "fieldday-test", "ingress.k8s.aws/stack" = "fieldday-test", "ingress.k8s.aws/resource" = resource }
    ]
    error_message = "The controller would make a load balancer of its own, without firewall and logs."
  }
}

run "tags" {
  variables {
    fixed_addresses = true
    services        = { api = { hosts = ["api.test.fieldday.example"], priority = 10 } }
  }

  assert {
    condition = jsonencode([
      for resource in concat(
        [
          aws_lb.application, aws_lb_listener.http, aws_lb_listener.https, aws_security_group.application, aws_vpc_security_group_ingress_rule.https["0.0.0.0/0"],
          aws_vpc_security_group_ingress_rule.http["0.0.0.0/0"], aws_vpc_security_group_egress_rule.pods, aws_lb.network[0], aws_security_group.network[0],
          aws_lb_listener.network["80"], aws_lb_listener.network["443"], aws_lb_target_group.network["80"], aws_lb_target_group.network["443"],
          aws_vpc_security_group_ingress_rule.network["80 0.0.0.0/0"], aws_vpc_security_group_ingress_rule.network["443 0.0.0.0/0"],
        ],
        values(aws_vpc_security_group_egress_rule.network), values(aws_vpc_security_group_ingress_rule.from_network), values(aws_eip.network),
      ) : resource.tags
      ]) == jsonencode([
      for name in [
        "", "-http", "-https", "", "-https", "-http", "-pods", "-fixed", "-fixed", "-fixed-80", "-fixed-443", "-fixed-80", "-fixed-443",
        "-fixed-80", "-fixed-443", "-fixed-443", "-fixed-80", "-from-fixed-443", "-from-fixed-80", "-0", "-1",
      ] : merge(var.tags, { Name = "fieldday-test-edge${name}" })
    ])
    error_message = "A resource lacks its name or one of the five tags."
  }

  assert {
    condition     = jsonencode([aws_lb_target_group.service["api"].tags, aws_lb_listener_rule.service["api"].tags]) == jsonencode([for _ in range(2) : merge(var.tags, { Name = "fieldday-test-edge-api", Service = "api" })])
    error_message = "What belongs to a service lacks its tags."
  }
}
