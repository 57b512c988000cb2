# One address for everything: with TLS, Cloud Armor and the cache. Behind it the cluster's
# gateway splits requests between stable and candidate, by the charts' HTTPRoutes.

locals {
  protocols = { ipv4 = "IPV4", ipv6 = "IPV6" }
}

resource "google_compute_global_address" "this" {
  for_each = local.protocols

  name         = "${var.name}-${each.key}"
  project      = var.project_id
  labels       = var.labels
  address_type = "EXTERNAL"
  ip_version   = each.value
}

resource "google_compute_health_check" "gateway" {
  name                = "${var.name}-gateway"
  project             = var.project_id
  check_interval_sec  = 5
  timeout_sec         = 3
  healthy_threshold   = 2
  unhealthy_threshold = 2

  http_health_check {
    port_specification = "USE_SERVING_PORT"
    request_path       = var.health_path
  }

  log_config {
    enable = true
  }
}

resource "google_compute_backend_service" "gateway" {
  name                            = "${var.name}-gateway"
  project                         = var.project_id
  description                     = "The cluster's gateway."
  load_balancing_scheme           = "EXTERNAL_MANAGED"
  protocol                        = "HTTP"
  locality_lb_policy              = "LEAST_REQUEST"
  health_checks                   = [google_compute_health_check.gateway.id]
  security_policy                 = var.security_policy_id
  enable_cdn                      = false
  timeout_sec                     = 30
  connection_draining_timeout_sec = 60

  custom_response_headers = ["Strict-Transport-Security: max-age=63072000; includeSubDomains"]

  dynamic "backend" {
    for_each = var.endpoint_groups

    content {
      group                 = backend.value
      balancing_mode        = "RATE"
      max_rate_per_endpoint = var.requests_per_endpoint
      capacity_scaler       = 1
    }
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_url_map" "https" {
  name            = var.name
  project         = var.project_id
  description     = "Static files from the cache, all else to the gateway."
  default_service = google_compute_backend_service.gateway.id

  host_rule {
    hosts        = ["${var.static_host}.${var.domain}"]
    path_matcher = "static"
  }

  path_matcher {
    name            = "static"
    default_service = google_compute_backend_bucket.assets.id
  }
}

resource "google_compute_url_map" "redirect" {
  name        = "${var.name}-redirect"
  project     = var.project_id
  description = "HTTP is answered with the way to HTTPS alone."

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "${var.name}-redirect"
  project = var.project_id
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_target_https_proxy" "this" {
  name            = var.name
  project         = var.project_id
  url_map         = google_compute_url_map.https.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.this.id}"
  ssl_policy      = google_compute_ssl_policy.this.id
  quic_override   = "ENABLE"
  # Early data can be replayed, so a payment could be made twice.
  tls_early_data = "DISABLED"
}

resource "google_compute_global_forwarding_rule" "https" {
  for_each = local.protocols

  name                  = "${var.name}-https-${each.key}"
  project               = var.project_id
  labels                = var.labels
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this[each.key].id
  ip_protocol           = "TCP"
  port_range            = "443"
  target                = google_compute_target_https_proxy.this.id
}

resource "google_compute_global_forwarding_rule" "http" {
  for_each = local.protocols

  name                  = "${var.name}-http-${each.key}"
  project               = var.project_id
  labels                = var.labels
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this[each.key].id
  ip_protocol           = "TCP"
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}
