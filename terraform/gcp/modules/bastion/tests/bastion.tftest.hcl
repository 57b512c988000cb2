mock_provider "google" {}

variables {
  name        = "fieldday-test"
  project_id  = "fieldday-project"
  zone        = "us-east1-b"
  network_id  = "the-network"
  subnet_id   = "the-subnet"
  disk_key_id = "the-key"
  members     = { platform = "group:platform@fieldday.example", guest = "user:guest@fieldday.example" }

  labels = {
    service     = "bastion"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}

run "machine" {
  assert {
    condition = jsonencode({
      for key in ["name", "project", "zone", "description", "machine_type", "labels", "deletion_protection", "allow_stopping_for_update", "can_ip_forward", "metadata", "shielded_instance_config"] :
      key => google_compute_instance.this[key]
      }) == jsonencode({
      name                      = "fieldday-test-bastion"
      project                   = "fieldday-project"
      zone                      = "us-east1-b"
      description               = "The way in for people, by IAP."
      machine_type              = "e2-small"
      labels                    = var.labels
      deletion_protection       = false
      allow_stopping_for_update = true
      can_ip_forward            = false
      metadata                  = { block-project-ssh-keys = "TRUE", enable-oslogin = "TRUE", enable-oslogin-2fa = "TRUE", serial-port-enable = "FALSE" }
      shielded_instance_config  = [{ enable_integrity_monitoring = true, enable_secure_boot = true, enable_vtpm = true }]
    })
    error_message = "The machine is not shielded, or lets people in otherwise than by OS Login with a second factor."
  }

  assert {
    condition = jsonencode([
      google_compute_instance.this.boot_disk[0].auto_delete,
      google_compute_instance.this.boot_disk[0].kms_key_self_link,
      google_compute_instance.this.boot_disk[0].initialize_params[0].image,
      google_compute_instance.this.boot_disk[0].initialize_params[0].size,
      google_compute_instance.this.boot_disk[0].initialize_params[0].type,
      google_compute_instance.this.boot_disk[0].initialize_params[0].labels == tomap(var.labels),
      length(google_compute_instance.this.network_interface),
      google_compute_instance.this.network_interface[0].network,
      google_compute_instance.this.network_interface[0].subnetwork,
      google_compute_instance.this.network_interface[0].stack_type,
      length(google_compute_instance.this.network_interface[0].access_config),
      google_compute_instance.this.service_account[0].email == google_service_account.this.email,
      google_compute_instance.this.service_account[0].scopes,
      ]) == jsonencode([
      true, "the-key", "projects/debian-cloud/global/images/family/debian-12", 20, "pd-balanced", true, 1, "the-network", "the-subnet", "IPV4_ONLY", 0, true,
      ["https://www.googleapis.com/auth/cloud-platform"],
    ])
    error_message = "The machine has an address of its own, or a disk that our key does not encrypt."
  }

  assert {
    condition = jsonencode([
      google_service_account.this.account_id,
      google_service_account.this.project,
      google_service_account.this.display_name,
      google_service_account.this.description,
      { for key, grant in google_project_iam_member.this : key => [grant.project, grant.role, grant.member == google_service_account.this.member] },
      ]) == jsonencode([
      "bastion", "fieldday-project", "fieldday-test bastion", "What the bastion runs as: sends its logs and metrics.",
      {
        "roles/logging.logWriter"       = ["fieldday-project", "roles/logging.logWriter", true]
        "roles/monitoring.metricWriter" = ["fieldday-project", "roles/monitoring.metricWriter", true]
      },
    ])
    error_message = "The machine may do more than send logs and metrics."
  }
}

run "access" {
  assert {
    condition = jsonencode([
      google_compute_firewall.iap.name,
      google_compute_firewall.iap.project,
      google_compute_firewall.iap.description,
      google_compute_firewall.iap.network,
      google_compute_firewall.iap.direction,
      google_compute_firewall.iap.priority,
      google_compute_firewall.iap.source_ranges,
      google_compute_firewall.iap.target_service_accounts == toset([google_service_account.this.email]),
      [for block in google_compute_firewall.iap.allow : [block.protocol, block.ports]],
      google_compute_firewall.iap.log_config,
      ]) == jsonencode([
      "fieldday-test-ingress-iap", "fieldday-project", "IAP's tunnel to the bastion's SSH.", "the-network", "INGRESS", 1000, ["35.235.240.0/20"], true, [["tcp", ["22"]]],
      [{ metadata = "INCLUDE_ALL_METADATA" }],
    ])
    error_message = "SSH can be reached from elsewhere than IAP's tunnel."
  }

  assert {
    condition = jsonencode({
      for key, grant in google_iap_tunnel_instance_iam_member.members : key => [grant.project, grant.zone, grant.instance, grant.role, grant.member, grant.condition]
      }) == jsonencode({
      for key, member in var.members : key => [
        "fieldday-project", "us-east1-b", "fieldday-test-bastion", "roles/iap.tunnelResourceAccessor", member,
        [{ description = "SSH and no other port.", expression = "destination.port == 22", title = "ssh" }],
      ]
    })
    error_message = "Others than the members get through the tunnel, or to other ports."
  }

  assert {
    condition = jsonencode([
      { for key, grant in google_compute_instance_iam_member.members : key => [grant.project, grant.zone, grant.instance_name, grant.role, grant.member] },
      { for key, grant in google_service_account_iam_member.members : key => [grant.service_account_id == google_service_account.this.name, grant.role, grant.member] },
      ]) == jsonencode([
      { for key, member in var.members : key => ["fieldday-project", "us-east1-b", "fieldday-test-bastion", "roles/compute.osLogin", member] },
      { for key, member in var.members : key => [true, "roles/iam.serviceAccountUser", member] },
    ])
    error_message = "Others than the members log in, or with more permissions."
  }

  assert {
    condition = jsonencode([output.instance_name, output.service_account == google_service_account.this.email, output.command]) == jsonencode([
      "fieldday-test-bastion", true, "gcloud compute ssh fieldday-test-bastion --project fieldday-project --zone us-east1-b --tunnel-through-iap",
    ])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ disk = "the-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "other_machine" {
  variables {
    machine_type        = "e2-medium"
    image               = "projects/our-images/global/images/family/bastion"
    deletion_protection = true
  }

  assert {
    condition = jsonencode([
      google_compute_instance.this.machine_type, google_compute_instance.this.boot_disk[0].initialize_params[0].image, google_compute_instance.this.deletion_protection,
    ]) == jsonencode(["e2-medium", "projects/our-images/global/images/family/bastion", true])
    error_message = "An input has no effect."
  }
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name       = "F"
    project_id = "Field"
    zone       = "us-east1"
    members    = { everyone = "allAuthenticatedUsers" }
    image      = "debian-12"
    labels     = {}
  }

  expect_failures = [var.name, var.project_id, var.zone, var.members, var.image, var.labels]
}

run "labels_in_capitals_are_refused" {
  command = plan

  variables {
    labels = { service = "bastion", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "internal" }
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
