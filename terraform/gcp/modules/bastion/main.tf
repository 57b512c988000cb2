# People's access to databases and the private control plane: by IAP, which authenticates them with
# Google, and OS Login, which creates their account. No external address, no SSH keys to manage.

resource "google_service_account" "this" {
  account_id   = "bastion"
  project      = var.project_id
  display_name = "${var.name} bastion"
  description  = "What the bastion runs as: sends its logs and metrics."
}

resource "google_project_iam_member" "this" {
  for_each = toset(["roles/logging.logWriter", "roles/monitoring.metricWriter"])

  project = var.project_id
  role    = each.key
  member  = google_service_account.this.member
}

resource "google_compute_instance" "this" {
  name                      = "${var.name}-bastion"
  project                   = var.project_id
  zone                      = var.zone
  description               = "The way in for people, by IAP."
  machine_type              = var.machine_type
  labels                    = var.labels
  deletion_protection       = var.deletion_protection
  allow_stopping_for_update = true
  can_ip_forward            = false

  boot_disk {
    auto_delete       = true
    kms_key_self_link = var.disk_key_id

    initialize_params {
      image  = var.image
      size   = 20
      type   = "pd-balanced"
      labels = var.labels
    }
  }

  network_interface {
    network    = var.network_id
    subnetwork = var.subnet_id
    stack_type = "IPV4_ONLY"
  }

  service_account {
    email  = google_service_account.this.email
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  metadata = {
    enable-oslogin         = "TRUE"
    enable-oslogin-2fa     = "TRUE"
    block-project-ssh-keys = "TRUE"
    serial-port-enable     = "FALSE"
  }
}
