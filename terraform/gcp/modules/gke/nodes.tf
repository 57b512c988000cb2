resource "google_service_account" "nodes" {
  account_id   = "gke-nodes"
  project      = var.project_id
  display_name = "${var.name} nodes"
  description  = "What nodes run as: sends logs and metrics, pulls images. Pods have accounts of their own."
}

resource "google_project_iam_member" "nodes" {
  project = var.project_id
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.nodes.member
}

resource "google_container_node_pool" "this" {
  for_each = var.node_pools

  name           = each.key
  project        = var.project_id
  location       = var.region
  cluster        = google_container_cluster.this.name
  node_locations = var.zones

  autoscaling {
    total_min_node_count = each.value.min_nodes
    total_max_node_count = each.value.max_nodes
    # Spot nodes go where capacity exists; the others are spread over the zones.
    location_policy = each.value.spot ? "ANY" : "BALANCED"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }

  network_config {
    enable_private_nodes = true
  }

  node_config {
    machine_type      = each.value.machine_type
    spot              = each.value.spot
    image_type        = "COS_CONTAINERD"
    disk_type         = "pd-balanced"
    disk_size_gb      = each.value.disk_gb
    boot_disk_kms_key = var.disk_key_id
    service_account   = google_service_account.nodes.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
    tags              = [var.node_tag]
    labels            = { "fieldday.io/pool" = each.key }
    resource_labels   = var.labels
    metadata          = { disable-legacy-endpoints = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    gvnic {
      enabled = true
    }

    kubelet_config {
      insecure_kubelet_readonly_port_enabled = "FALSE"
    }

    dynamic "taint" {
      for_each = each.value.spot ? ["cloud.google.com/gke-spot"] : []

      content {
        key    = taint.value
        value  = "true"
        effect = "NO_SCHEDULE"
      }
    }

    dynamic "reservation_affinity" {
      for_each = each.value.reservation == null ? [] : [each.value.reservation]

      content {
        consume_reservation_type = "SPECIFIC_RESERVATION"
        key                      = "compute.googleapis.com/reservation-name"
        values                   = [reservation_affinity.value]
      }
    }
  }
}
