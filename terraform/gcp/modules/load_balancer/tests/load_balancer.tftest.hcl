mock_provider "google" {
  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.fieldday.example.", type = "CNAME", data = "the-proof.authorize.certificatemanager.goog." }]
    }
  }
}

variables {
  name                  = "fieldday-test"
  project_id            = "fieldday-project"
  project_number        = "123456789012"
  domain                = "fieldday.example"
  dns_zone              = "the-zone"
  security_policy_id    = "the-policy"
  edge_policy_id        = "the-edge-policy"
  assets_bucket         = "fieldday-project-assets"
  requests_per_endpoint = 250

  endpoint_groups = [
    "projects/fieldday-project/zones/us-east1-b/networkEndpointGroups/gateway",
    "projects/fieldday-project/zones/us-east1-c/networkEndpointGroups/gateway",
  ]

  labels = {
    service     = "edge"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}

run "way_in" {
  assert {
    condition = jsonencode({
      for key, address in google_compute_global_address.this : key => [address.name, address.project, address.labels == tomap(var.labels), address.address_type, address.ip_version]
      }) == jsonencode({
      ipv4 = ["fieldday-test-ipv4", "fieldday-project", true, "EXTERNAL", "IPV4"]
      ipv6 = ["fieldday-test-ipv6", "fieldday-project", true, "EXTERNAL", "IPV6"]
    })
    error_message = "Not one address of each kind."
  }

  assert {
    condition = jsonencode([
      for rules in [google_compute_global_forwarding_rule.https, google_compute_global_forwarding_rule.http] : {
        for key, rule in rules : key => [
          rule.name, rule.project, rule.labels == tomap(var.labels), rule.load_balancing_scheme, rule.ip_address == google_compute_global_address.this[key].id, rule.ip_protocol, rule.port_range,
          rule.target == google_compute_target_https_proxy.this.id ? "https" : rule.target == google_compute_target_http_proxy.redirect.id ? "redirect" : "elsewhere",
        ]
      }
      ]) == jsonencode([
      for expected in [["https", "443", "https"], ["http", "80", "redirect"]] : {
        for key in ["ipv4", "ipv6"] : key => ["fieldday-test-${expected[0]}-${key}", "fieldday-project", true, "EXTERNAL_MANAGED", true, "TCP", expected[1], expected[2]]
      }
    ])
    error_message = "A port leads elsewhere: 443 to the services, 80 to the redirect."
  }

  assert {
    condition = jsonencode([
      google_compute_target_https_proxy.this.name,
      google_compute_target_https_proxy.this.project,
      google_compute_target_https_proxy.this.url_map == google_compute_url_map.https.id,
      google_compute_target_https_proxy.this.certificate_map == "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.this.id}",
      google_compute_target_https_proxy.this.ssl_policy == google_compute_ssl_policy.this.id,
      google_compute_target_https_proxy.this.quic_override,
      google_compute_target_https_proxy.this.tls_early_data,
      google_compute_target_http_proxy.redirect.name,
      google_compute_target_http_proxy.redirect.project,
      google_compute_target_http_proxy.redirect.url_map == google_compute_url_map.redirect.id,
    ]) == jsonencode(["fieldday-test", "fieldday-project", true, true, true, "ENABLE", "DISABLED", "fieldday-test-redirect", "fieldday-project", true])
    error_message = "TLS ends otherwise than promised."
  }

  assert {
    condition = jsonencode([
      google_compute_url_map.https.name,
      google_compute_url_map.https.project,
      google_compute_url_map.https.description,
      google_compute_url_map.https.default_service == google_compute_backend_service.gateway.id,
      [for rule in google_compute_url_map.https.host_rule : [rule.hosts, rule.path_matcher]],
      [for matcher in google_compute_url_map.https.path_matcher : [matcher.name, matcher.default_service == google_compute_backend_bucket.assets.id]],
      google_compute_url_map.redirect.name,
      google_compute_url_map.redirect.project,
      google_compute_url_map.redirect.description,
      google_compute_url_map.redirect.default_url_redirect[0].https_redirect,
      google_compute_url_map.redirect.default_url_redirect[0].redirect_response_code,
      google_compute_url_map.redirect.default_url_redirect[0].strip_query,
      ]) == jsonencode([
      "fieldday-test", "fieldday-project", "Static files from the cache, all else to the gateway.", true, [[["static.fieldday.example"], "static"]], [["static", true]],
      "fieldday-test-redirect", "fieldday-project", "HTTP is answered with the way to HTTPS alone.", true, "MOVED_PERMANENTLY_DEFAULT", false,
    ])
    error_message = "A name leads elsewhere, or HTTP is served."
  }
}

run "gateway" {
  assert {
    condition = jsonencode({
      for key in [
        "name", "project", "description", "load_balancing_scheme", "protocol", "locality_lb_policy", "security_policy", "enable_cdn", "timeout_sec", "connection_draining_timeout_sec", "custom_response_headers",
      ] : key => google_compute_backend_service.gateway[key]
      }) == jsonencode({
      name                            = "fieldday-test-gateway"
      project                         = "fieldday-project"
      description                     = "The cluster's gateway."
      load_balancing_scheme           = "EXTERNAL_MANAGED"
      protocol                        = "HTTP"
      locality_lb_policy              = "LEAST_REQUEST"
      security_policy                 = "the-policy"
      enable_cdn                      = false
      timeout_sec                     = 30
      connection_draining_timeout_sec = 60
      custom_response_headers         = ["Strict-Transport-Security: max-age=63072000; includeSubDomains"]
    })
    error_message = "Requests reach the gateway without Cloud Armor, or are interrupted while it drains."
  }

  assert {
    condition = jsonencode([
      google_compute_backend_service.gateway.health_checks == toset([google_compute_health_check.gateway.id]),
      google_compute_backend_service.gateway.log_config[0].enable,
      google_compute_backend_service.gateway.log_config[0].sample_rate,
      { for backend in google_compute_backend_service.gateway.backend : backend.group => [backend.balancing_mode, backend.max_rate_per_endpoint, backend.capacity_scaler] },
    ]) == jsonencode([true, true, 1, { for group in var.endpoint_groups : group => ["RATE", 250, 1] }])
    error_message = "The gateway's endpoints are not those given, or requests are not logged."
  }

  assert {
    condition = jsonencode([
      google_compute_health_check.gateway.name,
      google_compute_health_check.gateway.project,
      google_compute_health_check.gateway.check_interval_sec,
      google_compute_health_check.gateway.timeout_sec,
      google_compute_health_check.gateway.healthy_threshold,
      google_compute_health_check.gateway.unhealthy_threshold,
      google_compute_health_check.gateway.http_health_check[0].port_specification,
      google_compute_health_check.gateway.http_health_check[0].request_path,
      google_compute_health_check.gateway.log_config[0].enable,
    ]) == jsonencode(["fieldday-test-gateway", "fieldday-project", 5, 3, 2, 2, "USE_SERVING_PORT", "/readyz", true])
    error_message = "The gateway's health is asked for otherwise than promised."
  }
}

run "static_files" {
  assert {
    condition = jsonencode({
      for key in ["name", "project", "description", "bucket_name", "enable_cdn", "edge_security_policy", "compression_mode", "custom_response_headers"] : key => google_compute_backend_bucket.assets[key]
      }) == jsonencode({
      name                    = "fieldday-test-assets"
      project                 = "fieldday-project"
      description             = "Static files."
      bucket_name             = "fieldday-project-assets"
      enable_cdn              = true
      edge_security_policy    = "the-edge-policy"
      compression_mode        = "AUTOMATIC"
      custom_response_headers = ["Strict-Transport-Security: max-age=63072000; includeSubDomains", "X-Content-Type-Options: nosniff"]
    })
    error_message = "Static files come without the cache or Cloud Armor."
  }

  assert {
    condition = jsonencode({
      for key in ["cache_mode", "default_ttl", "client_ttl", "negative_caching", "request_coalescing", "serve_while_stale", "negative_caching_policy"] : key => google_compute_backend_bucket.assets.cdn_policy[0][key]
      }) == jsonencode({
      cache_mode              = "FORCE_CACHE_ALL"
      default_ttl             = 31536000
      client_ttl              = 31536000
      negative_caching        = true
      request_coalescing      = true
      serve_while_stale       = 86400
      negative_caching_policy = [{ code = 404, ttl = 10 }]
    })
    error_message = "Static files are not cached for a year."
  }

  assert {
    condition = jsonencode([
      google_storage_bucket_iam_member.load_balancer.bucket, google_storage_bucket_iam_member.load_balancer.role, google_storage_bucket_iam_member.load_balancer.member,
    ]) == jsonencode(["fieldday-project-assets", "roles/storage.objectViewer", "serviceAccount:service-123456789012@https-lb.iam.gserviceaccount.com"])
    error_message = "Others than the load balancer read the bucket, or it does not."
  }
}

run "certificate" {
  assert {
    condition = jsonencode([
      google_compute_ssl_policy.this.name,
      google_compute_ssl_policy.this.project,
      google_compute_ssl_policy.this.description,
      google_compute_ssl_policy.this.profile,
      google_compute_ssl_policy.this.min_tls_version,
      google_certificate_manager_dns_authorization.this.name,
      google_certificate_manager_dns_authorization.this.project,
      google_certificate_manager_dns_authorization.this.description,
      google_certificate_manager_dns_authorization.this.domain,
      google_certificate_manager_dns_authorization.this.labels == tomap(var.labels),
      google_certificate_manager_dns_authorization.this.type,
      ]) == jsonencode([
      "fieldday-test", "fieldday-project", "TLS 1.2 and newer, with forward secrecy alone.", "RESTRICTED", "TLS_1_2",
      "fieldday-test", "fieldday-project", "That fieldday.example is ours.", "fieldday.example", true, "FIXED_RECORD",
    ])
    error_message = "Old TLS is taken, or the domain is not proved ours."
  }

  assert {
    condition = jsonencode([
      google_certificate_manager_certificate.this.name,
      google_certificate_manager_certificate.this.project,
      google_certificate_manager_certificate.this.description,
      google_certificate_manager_certificate.this.labels == tomap(var.labels),
      google_certificate_manager_certificate.this.scope,
      google_certificate_manager_certificate.this.managed[0].domains,
      google_certificate_manager_certificate.this.managed[0].dns_authorizations == tolist([google_certificate_manager_dns_authorization.this.id]),
      google_certificate_manager_certificate_map.this.name,
      google_certificate_manager_certificate_map.this.project,
      google_certificate_manager_certificate_map.this.description,
      google_certificate_manager_certificate_map.this.labels == tomap(var.labels),
      { for key, entry in google_certificate_manager_certificate_map_entry.this : key => [
        entry.name, entry.project, entry.labels == tomap(var.labels), entry.map, entry.certificates == tolist([google_certificate_manager_certificate.this.id]), entry.hostname,
      ] },
      ]) == jsonencode([
      "fieldday-test", "fieldday-project", "fieldday.example and every name below it.", true, "DEFAULT", ["fieldday.example", "*.fieldday.example"], true,
      "fieldday-test", "fieldday-project", "Which certificate is shown for which name.", true,
      {
        below  = ["fieldday-test-below", "fieldday-project", true, "fieldday-test", true, "*.fieldday.example"]
        domain = ["fieldday-test-domain", "fieldday-project", true, "fieldday-test", true, "fieldday.example"]
      },
    ])
    error_message = "The certificate is not for the domain and every name below it."
  }
}

run "names" {
  assert {
    condition = jsonencode({
      for key, record in google_dns_record_set.names : key => [record.project, record.managed_zone, record.name, record.type, record.ttl, record.rrdatas]
      }) == jsonencode({
      for expected in [["*.fieldday.example.", "A", "ipv4"], ["*.fieldday.example.", "AAAA", "ipv6"], ["fieldday.example.", "A", "ipv4"], ["fieldday.example.", "AAAA", "ipv6"]] :
      "${expected[0]} ${expected[1]}" => ["fieldday-project", "the-zone", expected[0], expected[1], 300, [google_compute_global_address.this[expected[2]].address]]
    })
    error_message = "A name does not lead to the load balancer."
  }

  assert {
    condition = jsonencode([
      for record in google_dns_record_set.authorization : [record.project, record.managed_zone, record.name, record.type, record.ttl, record.rrdatas]
    ]) == jsonencode([["fieldday-project", "the-zone", "_acme-challenge.fieldday.example.", "CNAME", 300, ["the-proof.authorize.certificatemanager.goog."]]])
    error_message = "The record by which the certificate is issued is missing."
  }

  assert {
    condition = jsonencode([
      output.addresses == { for key, address in google_compute_global_address.this : key => address.address },
      output.certificate_record, output.url_map_name, output.static_url,
      ]) == jsonencode([
      true, { data = "the-proof.authorize.certificatemanager.goog.", name = "_acme-challenge.fieldday.example.", type = "CNAME" }, "fieldday-test", "https://static.fieldday.example",
    ])
    error_message = "An output does not say what it promises."
  }
}

run "dns_elsewhere_and_no_gateway_yet" {
  variables {
    dns_zone           = null
    endpoint_groups    = []
    static_host        = "cdn"
    health_path        = "/healthz"
    assets_ttl_seconds = 7200
  }

  assert {
    condition = jsonencode([
      length(google_dns_record_set.names), length(google_dns_record_set.authorization), length(google_compute_backend_service.gateway.backend),
      [for rule in google_compute_url_map.https.host_rule : rule.hosts], google_compute_health_check.gateway.http_health_check[0].request_path,
      google_compute_backend_bucket.assets.cdn_policy[0].default_ttl, google_compute_backend_bucket.assets.cdn_policy[0].client_ttl,
    ]) == jsonencode([0, 0, 0, [["cdn.fieldday.example"]], "/healthz", 7200, 7200])
    error_message = "An input has no effect."
  }
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name                  = "F"
    project_id            = "Field"
    project_number        = "fieldday"
    domain                = "fieldday.example."
    static_host           = "static.assets"
    endpoint_groups       = ["gateway"]
    health_path           = "readyz"
    requests_per_endpoint = 0
    assets_ttl_seconds    = 60
    labels                = {}
  }

  expect_failures = [
    var.name, var.project_id, var.project_number, var.domain, var.static_host, var.endpoint_groups, var.health_path, var.requests_per_endpoint,
    var.assets_ttl_seconds, var.labels,
  ]
}

run "labels_in_capitals_are_refused" {
  command = plan

  variables {
    labels = { service = "edge", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "internal" }
  }

  expect_failures = [var.labels]
}

run "a_label_s_key_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "x", environment = "test", owner = "platform", cost_centre = "engineering", data_class = "internal", Team = "x" }
  }

  expect_failures = [var.labels]
}

run "a_cache_for_more_than_a_year_is_refused" {
  command = plan

  variables {
    assets_ttl_seconds = 31536001
  }

  expect_failures = [var.assets_ttl_seconds]
}

run "the_least_is_taken" {
  command = plan

  variables {
    requests_per_endpoint = 1
    assets_ttl_seconds    = 3600
    static_host           = "s"
  }
}
