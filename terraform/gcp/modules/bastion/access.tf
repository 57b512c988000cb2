# Access: only through IAP's tunnel, by name, and with personal accounts.

resource "google_compute_firewall" "iap" {
  name        = "${var.name}-ingress-iap"
  project     = var.project_id
  description = "IAP's tunnel to the bastion's SSH."
  network     = var.network_id
  direction   = "INGRESS"
  priority    = 1000
  # https://cloud.google.com/iap/docs/using-tcp-forwarding
  source_ranges           = ["35.235.240.0/20"]
  target_service_accounts = [google_service_account.this.email]

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_iap_tunnel_instance_iam_member" "members" {
  for_each = var.members

  project  = var.project_id
  zone     = var.zone
  instance = google_compute_instance.this.name
  role     = "roles/iap.tunnelResourceAccessor"
  member   = each.value

  condition {
    title       = "ssh"
    description = "SSH and no other port."
    expression  = "destination.port == 22"
  }
}

resource "google_compute_instance_iam_member" "members" {
  for_each = var.members

  project       = var.project_id
  zone          = var.zone
  instance_name = google_compute_instance.this.name
  role          = "roles/compute.osLogin"
  member        = each.value
}

# Whoever logs in to a machine can act as its service account.
resource "google_service_account_iam_member" "members" {
  for_each = var.members

  service_account_id = google_service_account.this.name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}
