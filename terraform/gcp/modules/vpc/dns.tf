# Google's APIs by private.googleapis.com, so that traffic to them needs no internet access.
# https://cloud.google.com/vpc/docs/configure-private-google-access

locals {
  google_apis           = "199.36.153.8/30"
  google_apis_addresses = [for host in range(4) : cidrhost(local.google_apis, host)]
  google_domains        = toset(["googleapis.com", "pkg.dev", "gcr.io"])
  google_names = {
    for pair in setproduct(local.google_domains, ["", "*."]) : "${pair[1]}${pair[0]}" => pair[0]
  }
}

resource "google_dns_managed_zone" "google_apis" {
  for_each = local.google_domains

  name        = "${var.name}-${replace(each.key, ".", "-")}"
  project     = var.project_id
  description = "${each.key} inside ${var.name}: Google's private addresses."
  dns_name    = "${each.key}."
  visibility  = "private"
  labels      = var.labels

  private_visibility_config {
    networks {
      network_url = google_compute_network.this.id
    }
  }
}

resource "google_dns_record_set" "google_apis" {
  for_each = local.google_names

  project      = var.project_id
  managed_zone = google_dns_managed_zone.google_apis[each.value].name
  name         = "${each.key}."
  type         = "A"
  ttl          = 300
  rrdatas      = local.google_apis_addresses
}

resource "google_dns_policy" "this" {
  name           = var.name
  project        = var.project_id
  description    = "Logs every name that ${var.name} looks up."
  enable_logging = true

  networks {
    network_url = google_compute_network.this.id
  }
}
