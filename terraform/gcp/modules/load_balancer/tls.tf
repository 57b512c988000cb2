resource "google_compute_ssl_policy" "this" {
  name            = var.name
  project         = var.project_id
  description     = "TLS 1.2 and newer, with forward secrecy alone."
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

# Google checks this record before it issues, so a certificate is ready before traffic arrives.
resource "google_certificate_manager_dns_authorization" "this" {
  name        = var.name
  project     = var.project_id
  description = "That ${var.domain} is ours."
  domain      = var.domain
  labels      = var.labels
  type        = "FIXED_RECORD"
}

resource "google_certificate_manager_certificate" "this" {
  name        = var.name
  project     = var.project_id
  description = "${var.domain} and every name below it."
  labels      = var.labels
  scope       = "DEFAULT"

  managed {
    domains            = [var.domain, "*.${var.domain}"]
    dns_authorizations = [google_certificate_manager_dns_authorization.this.id]
  }
}

resource "google_certificate_manager_certificate_map" "this" {
  name        = var.name
  project     = var.project_id
  description = "Which certificate is shown for which name."
  labels      = var.labels
}

resource "google_certificate_manager_certificate_map_entry" "this" {
  for_each = { domain = var.domain, below = "*.${var.domain}" }

  name         = "${var.name}-${each.key}"
  project      = var.project_id
  labels       = var.labels
  map          = google_certificate_manager_certificate_map.this.name
  certificates = [google_certificate_manager_certificate.this.id]
  hostname     = each.value
}
