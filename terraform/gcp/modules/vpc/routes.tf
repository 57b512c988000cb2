# Egress: Cloud NAT from fixed addresses, which partners can put on their allow-lists.

resource "google_compute_route" "internet" {
  name             = "${var.name}-internet"
  project          = var.project_id
  description      = "The internet, by Cloud NAT, for nodes and functions alone."
  network          = google_compute_network.this.id
  dest_range       = "0.0.0.0/0"
  next_hop_gateway = "default-internet-gateway"
  priority         = 1000
  tags             = [local.node_tag, local.function_tag]
}

resource "google_compute_route" "google_apis" {
  name             = "${var.name}-google-apis"
  project          = var.project_id
  description      = "private.googleapis.com, which stays on Google's network."
  network          = google_compute_network.this.id
  dest_range       = local.google_apis
  next_hop_gateway = "default-internet-gateway"
  priority         = 900
}

resource "google_compute_router" "this" {
  name    = var.name
  project = var.project_id
  region  = var.region
  network = google_compute_network.this.id
}

resource "google_compute_address" "nat" {
  count = var.nat_address_count

  name         = "${var.name}-nat-${count.index}"
  project      = var.project_id
  region       = var.region
  labels       = var.labels
  address_type = "EXTERNAL"
  network_tier = "PREMIUM"
}

resource "google_compute_router_nat" "this" {
  name    = var.name
  project = var.project_id
  region  = var.region
  router  = google_compute_router.this.name

  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = google_compute_address.nat[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  dynamic "subnetwork" {
    for_each = toset(["nodes", "functions"])

    content {
      name                    = google_compute_subnetwork.this[subnetwork.key].id
      source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
    }
  }

  # A busy node takes the ports that it needs; endpoint-independent mapping would forbid that.
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64
  max_ports_per_vm                    = 4096

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
