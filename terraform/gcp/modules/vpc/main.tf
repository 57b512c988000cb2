locals {
  # Two ranges overlap if the shorter of their prefixes contains both.
  ranges = [for key in sort(keys(var.cidrs)) : { name = key, cidr = var.cidrs[key], base = split("/", var.cidrs[key])[0], length = tonumber(split("/", var.cidrs[key])[1]) }]
  overlaps = flatten([
    for index, one in local.ranges : [
      for other in slice(local.ranges, index + 1, length(local.ranges)) : "${one.name} (${one.cidr}) and ${other.name} (${other.cidr})"
      if cidrhost("${one.base}/${min(one.length, other.length)}", 0) == cidrhost("${other.base}/${min(one.length, other.length)}", 0)
    ]
  ])

  node_tag     = "${var.name}-node"
  function_tag = "${var.name}-function"

  subnets = {
    nodes     = { cidr = var.cidrs.nodes, secondary = { pods = var.cidrs.pods, services = var.cidrs.services } }
    functions = { cidr = var.cidrs.functions, secondary = {} }
    bastion   = { cidr = var.cidrs.bastion, secondary = {} }
  }
}

resource "google_compute_network" "this" {
  name        = var.name
  project     = var.project_id
  description = "${var.name}: everything private; out by Cloud NAT, in by the load balancer and IAP."

  auto_create_subnetworks = false
  # The default route would give every machine internet access; routes.tf grants it where needed.
  delete_default_routes_on_create = true
  routing_mode                    = "GLOBAL"

  lifecycle {
    precondition {
      condition     = length(local.overlaps) == 0
      error_message = "cidrs: ${join("; ", local.overlaps)} overlap. Use each a range of its own."
    }
  }
}

resource "google_compute_subnetwork" "this" {
  for_each = local.subnets

  name          = "${var.name}-${each.key}"
  project       = var.project_id
  region        = var.region
  network       = google_compute_network.this.id
  ip_cidr_range = each.value.cidr

  private_ip_google_access = true
  stack_type               = "IPV4_ONLY"

  dynamic "secondary_ip_range" {
    for_each = each.value.secondary

    content {
      range_name    = "${var.name}-${secondary_ip_range.key}"
      ip_cidr_range = secondary_ip_range.value
    }
  }

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = var.flow_log_sampling
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_global_address" "private_services" {
  name          = "${var.name}-private-services"
  project       = var.project_id
  network       = google_compute_network.this.id
  labels        = var.labels
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  address       = split("/", var.cidrs.private_services)[0]
  prefix_length = split("/", var.cidrs.private_services)[1]
}

resource "google_service_networking_connection" "private_services" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.private_services.name]
  # Databases depend on this peering: remove it last, by hand.
  deletion_policy = "ABANDON"
}
