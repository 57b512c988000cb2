# Default deny in both directions. GKE adds its own rules for pods,
# nodes and control plane; the bastion module adds the one for IAP.

locals {
  deny = { ingress = "INGRESS", egress = "EGRESS" }

  # Google's health checks and proxies: https://cloud.google.com/load-balancing/docs/firewall-rules
  load_balancers = ["130.211.0.0/22", "35.191.0.0/16"]

  egress = {
    internal = {
      description  = "Nodes, pods, databases and the control plane to each other."
      tags         = null
      destinations = [var.cidrs.nodes, var.cidrs.pods, var.cidrs.services, var.cidrs.private_services, var.cidrs.control_plane]
      protocols    = { tcp = [], udp = [], icmp = [] }
    }
    google-apis = {
      description  = "Google's APIs by private.googleapis.com."
      tags         = null
      destinations = [local.google_apis]
      protocols    = { tcp = ["443"] }
    }
    internet = {
      description  = "HTTPS to the world (payments, weather, push), for nodes and functions alone."
      tags         = [local.node_tag, local.function_tag]
      destinations = ["0.0.0.0/0"]
      protocols    = { tcp = ["443"] }
    }
  }
}

resource "google_compute_firewall" "deny" {
  for_each = local.deny

  name        = "${var.name}-deny-${each.key}"
  project     = var.project_id
  description = "Last of all: no ${each.key} that no other rule allows."
  network     = google_compute_network.this.id
  direction   = each.value
  priority    = 65534

  source_ranges      = each.value == "INGRESS" ? ["0.0.0.0/0"] : null
  destination_ranges = each.value == "EGRESS" ? ["0.0.0.0/0"] : null

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "egress" {
  for_each = local.egress

  name               = "${var.name}-egress-${each.key}"
  project            = var.project_id
  description        = each.value.description
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = each.value.destinations
  target_tags        = each.value.tags

  dynamic "allow" {
    for_each = each.value.protocols

    content {
      protocol = allow.key
      ports    = allow.value
    }
  }
}

resource "google_compute_firewall" "load_balancers" {
  name          = "${var.name}-ingress-load-balancers"
  project       = var.project_id
  description   = "Google's load balancers and health checks to the services' pods."
  network       = google_compute_network.this.id
  direction     = "INGRESS"
  priority      = 1000
  source_ranges = local.load_balancers
  target_tags   = [local.node_tag]

  allow {
    protocol = "tcp"
    ports    = var.service_ports
  }
}
