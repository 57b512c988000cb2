mock_provider "google" {
  mock_data "google_kms_crypto_key_version" {
    defaults = {
      id         = "//cloudkms.googleapis.com/v1/projects/p/locations/us-east1/keyRings/r/cryptoKeys/release/cryptoKeyVersions/1"
      public_key = [{ algorithm = "EC_SIGN_P256_SHA256", pem = "the public key" }]
    }
  }
}

variables {
  name       = "fieldday-test"
  project_id = "fieldday-project"
  region     = "us-east1"
  zones      = ["us-east1-b", "us-east1-c", "us-east1-d"]

  network_id          = "the-network"
  subnet_id           = "the-subnet"
  pods_range_name     = "the-pods"
  services_range_name = "the-services"
  control_plane_cidr  = "172.16.0.0/28"
  node_tag            = "the-node-tag"
  authorised_networks = { bastion = "10.60.33.0/28", office = "10.90.0.7/32" }
  release_channel     = "STABLE"

  node_pools = {
    services = { machine_type = "e2-standard-4", min_nodes = 3, max_nodes = 9, disk_gb = 80, reservation = "always-on" }
    batch    = { machine_type = "n2-standard-8", spot = true, min_nodes = 0, max_nodes = 6 }
  }

  cluster_key_id       = "the-cluster-key"
  disk_key_id          = "the-disk-key"
  image_key_id         = "the-image-key"
  release_key_id       = "the-release-key"
  deployer_account     = "release-deployer@fieldday-project.iam.gserviceaccount.com"
  unattested_images    = ["us-docker.pkg.dev/fieldday-project/mirror/*"]
  rbac_group           = "gke-security-groups@fieldday.example"
  image_retention_days = 10

  workload_identities = {
    api = { namespace = "production", service_account = "fieldday-api", google_account = "service-api@fieldday-project.iam.gserviceaccount.com" }
  }

  labels = {
    service     = "kubernetes"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "cluster" {
  assert {
    condition = jsonencode({
      for key in [
        "name", "project", "location", "description", "node_locations", "resource_labels", "deletion_protection", "network", "subnetwork", "networking_mode", "datapath_provider",
        "enable_intranode_visibility", "enable_l4_ilb_subsetting", "enable_shielded_nodes", "enable_legacy_abac", "initial_node_count", "remove_default_node_pool",
      ] : key => google_container_cluster.this[key]
      }) == jsonencode({
      name                        = "fieldday-test"
      project                     = "fieldday-project"
      location                    = "us-east1"
      description                 = "fieldday-test: private, in 3 zones."
      node_locations              = ["us-east1-b", "us-east1-c", "us-east1-d"]
      resource_labels             = var.labels
      deletion_protection         = true
      network                     = "the-network"
      subnetwork                  = "the-subnet"
      networking_mode             = "VPC_NATIVE"
      datapath_provider           = "ADVANCED_DATAPATH"
      enable_intranode_visibility = true
      enable_l4_ilb_subsetting    = true
      enable_shielded_nodes       = true
      enable_legacy_abac          = false
      initial_node_count          = 1
      remove_default_node_pool    = true
    })
    error_message = "The cluster is not regional, not protected, or without Dataplane V2."
  }

  assert {
    condition = jsonencode([
      google_container_cluster.this.ip_allocation_policy[0].cluster_secondary_range_name,
      google_container_cluster.this.ip_allocation_policy[0].services_secondary_range_name,
      google_container_cluster.this.ip_allocation_policy[0].stack_type,
      google_container_cluster.this.private_cluster_config[0].enable_private_nodes,
      google_container_cluster.this.private_cluster_config[0].enable_private_endpoint,
      google_container_cluster.this.private_cluster_config[0].master_ipv4_cidr_block,
      google_container_cluster.this.private_cluster_config[0].master_global_access_config[0].enabled,
      google_container_cluster.this.master_authorized_networks_config[0].gcp_public_cidrs_access_enabled,
      google_container_cluster.this.master_authorized_networks_config[0].private_endpoint_enforcement_enabled,
      { for block in google_container_cluster.this.master_authorized_networks_config[0].cidr_blocks : block.display_name => block.cidr_block },
    ]) == jsonencode(["the-pods", "the-services", "IPV4", true, true, "172.16.0.0/28", false, false, true, { bastion = "10.60.33.0/28", office = "10.90.0.7/32" }])
    error_message = "Nodes or control plane can be reached from elsewhere than the authorised networks."
  }

  assert {
    condition = jsonencode([
      google_container_cluster.this.master_auth[0].client_certificate_config[0].issue_client_certificate,
      google_container_cluster.this.anonymous_authentication_config[0].mode,
      google_container_cluster.this.rbac_binding_config[0].enable_insecure_binding_system_authenticated,
      google_container_cluster.this.rbac_binding_config[0].enable_insecure_binding_system_unauthenticated,
      google_container_cluster.this.authenticator_groups_config[0].security_group,
      google_container_cluster.this.workload_identity_config[0].workload_pool,
      google_container_cluster.this.database_encryption[0].state,
      google_container_cluster.this.database_encryption[0].key_name,
      google_container_cluster.this.binary_authorization[0].evaluation_mode,
      google_container_cluster.this.security_posture_config[0].mode,
      google_container_cluster.this.node_pool_defaults[0].node_config_defaults[0].insecure_kubelet_readonly_port_enabled,
      ]) == jsonencode([
      false, "LIMITED", false, false, "gke-security-groups@fieldday.example", "fieldday-project.svc.id.goog", "ENCRYPTED", "the-cluster-key",
      "PROJECT_SINGLETON_POLICY_ENFORCE", "BASIC", "FALSE",
    ])
    error_message = "Somebody gets in without a name, Secrets are not encrypted, or any image runs."
  }

  assert {
    condition = jsonencode([
      google_container_cluster.this.release_channel[0].channel,
      google_container_cluster.this.maintenance_policy[0].recurring_window[0].start_time,
      google_container_cluster.this.maintenance_policy[0].recurring_window[0].end_time,
      google_container_cluster.this.maintenance_policy[0].recurring_window[0].recurrence,
      google_container_cluster.this.dns_config[0].cluster_dns,
      google_container_cluster.this.dns_config[0].cluster_dns_scope,
      google_container_cluster.this.gateway_api_config[0].channel,
      google_container_cluster.this.addons_config[0].http_load_balancing[0].disabled,
      google_container_cluster.this.addons_config[0].horizontal_pod_autoscaling[0].disabled,
      google_container_cluster.this.addons_config[0].network_policy_config[0].disabled,
      google_container_cluster.this.addons_config[0].dns_cache_config[0].enabled,
      google_container_cluster.this.addons_config[0].gce_persistent_disk_csi_driver_config[0].enabled,
      google_container_cluster.this.vertical_pod_autoscaling[0].enabled,
      google_container_cluster.this.cost_management_config[0].enabled,
      google_container_cluster.this.logging_config[0].enable_components,
      google_container_cluster.this.monitoring_config[0].enable_components,
      google_container_cluster.this.monitoring_config[0].managed_prometheus[0].enabled,
      google_container_cluster.this.monitoring_config[0].advanced_datapath_observability_config,
      ]) == jsonencode([
      "STABLE", "2026-01-06T08:00:00Z", "2026-01-06T12:00:00Z", "FREQ=WEEKLY;BYDAY=TU,WE,TH", "CLOUD_DNS", "CLUSTER_SCOPE", "CHANNEL_STANDARD",
      false, false, true, true, true, true, true,
      ["APISERVER", "CONTROLLER_MANAGER", "SCHEDULER", "SYSTEM_COMPONENTS", "WORKLOADS"],
      ["APISERVER", "CADVISOR", "CONTROLLER_MANAGER", "DEPLOYMENT", "HPA", "KUBELET", "POD", "SCHEDULER", "STORAGE", "SYSTEM_COMPONENTS"],
      true, [{ enable_metrics = true, enable_relay = true }],
    ])
    error_message = "Upgrades, add-ons, logs or metrics differ from what is promised."
  }

  assert {
    condition = jsonencode([
      google_container_cluster.this.node_config[0].machine_type,
      google_container_cluster.this.node_config[0].service_account == google_service_account.nodes.email,
      google_container_cluster.this.node_config[0].oauth_scopes,
      google_container_cluster.this.node_config[0].boot_disk_kms_key,
      google_container_cluster.this.node_config[0].tags,
      google_container_cluster.this.node_config[0].shielded_instance_config,
      google_container_cluster.this.node_config[0].workload_metadata_config,
      ]) == jsonencode([
      "e2-medium", true, ["https://www.googleapis.com/auth/cloud-platform"], "the-disk-key", ["the-node-tag"],
      [{ enable_integrity_monitoring = true, enable_secure_boot = true }], [{ mode = "GKE_METADATA" }],
    ])
    error_message = "The pool that is taken away breaks the project's guardrails."
  }
}

run "nodes" {
  assert {
    condition = jsonencode([
      google_service_account.nodes.account_id,
      google_service_account.nodes.project,
      google_service_account.nodes.display_name,
      google_service_account.nodes.description,
      google_project_iam_member.nodes.project,
      google_project_iam_member.nodes.role,
      google_project_iam_member.nodes.member == google_service_account.nodes.member,
      ]) == jsonencode([
      "gke-nodes", "fieldday-project", "fieldday-test nodes", "What nodes run as: sends logs and metrics, pulls images. Pods have accounts of their own.",
      "fieldday-project", "roles/container.defaultNodeServiceAccount", true,
    ])
    error_message = "Nodes may do more than send logs and metrics."
  }

  assert {
    condition = jsonencode({
      for key, pool in google_container_node_pool.this : key => {
        name        = pool.name
        project     = pool.project
        location    = pool.location
        cluster     = pool.cluster == google_container_cluster.this.name
        zones       = pool.node_locations
        scale       = [pool.autoscaling[0].total_min_node_count, pool.autoscaling[0].total_max_node_count, pool.autoscaling[0].location_policy]
        management  = pool.management
        upgrade     = [pool.upgrade_settings[0].strategy, pool.upgrade_settings[0].max_surge, pool.upgrade_settings[0].max_unavailable]
        private     = pool.network_config[0].enable_private_nodes
        machine     = pool.node_config[0].machine_type
        spot        = pool.node_config[0].spot
        image       = pool.node_config[0].image_type
        disk        = [pool.node_config[0].disk_type, pool.node_config[0].disk_size_gb, pool.node_config[0].boot_disk_kms_key]
        account     = pool.node_config[0].service_account == google_service_account.nodes.email
        scopes      = pool.node_config[0].oauth_scopes
        tags        = pool.node_config[0].tags
        labels      = pool.node_config[0].labels
        resource    = pool.node_config[0].resource_labels == tomap(var.labels)
        metadata    = pool.node_config[0].metadata
        shielded    = pool.node_config[0].shielded_instance_config
        workload    = pool.node_config[0].workload_metadata_config
        gvnic       = pool.node_config[0].gvnic
        kubelet     = pool.node_config[0].kubelet_config[0].insecure_kubelet_readonly_port_enabled
        taints      = pool.node_config[0].taint
        reservation = pool.node_config[0].reservation_affinity
      }
      }) == jsonencode({
      for key, expected in {
        batch = {
          scale       = [0, 6, "ANY"], machine = "n2-standard-8", spot = true, disk = ["pd-balanced", 100, "the-disk-key"]
          taints      = [{ effect = "NO_SCHEDULE", key = "cloud.google.com/gke-spot", value = "true" }]
          reservation = []
        }
        services = {
          scale       = [3, 9, "BALANCED"], machine = "e2-standard-4", spot = false, disk = ["pd-balanced", 80, "the-disk-key"]
          taints      = []
          reservation = [{ consume_reservation_type = "SPECIFIC_RESERVATION", key = "compute.googleapis.com/reservation-name", values = ["always-on"] }]
        }
        } : key => {
        name        = key
        project     = "fieldday-project"
        location    = "us-east1"
        cluster     = true
        zones       = ["us-east1-b", "us-east1-c", "us-east1-d"]
        scale       = expected.scale
        management  = [{ auto_repair = true, auto_upgrade = true }]
        upgrade     = ["SURGE", 1, 0]
        private     = true
        machine     = expected.machine
        spot        = expected.spot
        image       = "COS_CONTAINERD"
        disk        = expected.disk
        account     = true
        scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
        tags        = ["the-node-tag"]
        labels      = { "fieldday.io/pool" = key }
        resource    = true
        metadata    = { disable-legacy-endpoints = "true" }
        shielded    = [{ enable_integrity_monitoring = true, enable_secure_boot = true }]
        workload    = [{ mode = "GKE_METADATA" }]
        gvnic       = [{ enabled = true }]
        kubelet     = "FALSE"
        taints      = expected.taints
        reservation = expected.reservation
      }
    })
    error_message = "A pool of nodes differs from what is promised."
  }
}

run "images" {
  assert {
    condition = jsonencode([
      google_artifact_registry_repository.images.repository_id,
      google_artifact_registry_repository.images.project,
      google_artifact_registry_repository.images.location,
      google_artifact_registry_repository.images.description,
      google_artifact_registry_repository.images.format,
      google_artifact_registry_repository.images.mode,
      google_artifact_registry_repository.images.labels == tomap(var.labels),
      google_artifact_registry_repository.images.kms_key_name,
      google_artifact_registry_repository.images.docker_config[0].immutable_tags,
      google_artifact_registry_repository.images.vulnerability_scanning_config[0].enablement_config,
      google_artifact_registry_repository.images.cleanup_policy_dry_run,
      { for policy in google_artifact_registry_repository.images.cleanup_policies : policy.id => [
        policy.action, [for condition in policy.condition : [condition.tag_state, condition.older_than]], [for recent in policy.most_recent_versions : recent.keep_count],
      ] },
      ]) == jsonencode([
      "fieldday-test", "fieldday-project", "us-east1", "The services' images.", "DOCKER", "STANDARD_REPOSITORY", true, "the-image-key", true, "INHERITED", false,
      { delete-untagged = ["DELETE", [["UNTAGGED", "864000s"]], []], keep-recent = ["KEEP", [], [30]] },
    ])
    error_message = "Images can be overwritten, are not scanned, or are kept otherwise than promised."
  }

  assert {
    condition = jsonencode([
      for member in [google_artifact_registry_repository_iam_member.nodes, google_artifact_registry_repository_iam_member.deployer] :
      [member.project, member.location, member.repository == google_artifact_registry_repository.images.name, member.role, member.member == google_service_account.nodes.member ? "nodes" : member.member]
      ]) == jsonencode([
      ["fieldday-project", "us-east1", true, "roles/artifactregistry.reader", "nodes"],
      ["fieldday-project", "us-east1", true, "roles/artifactregistry.writer", "serviceAccount:release-deployer@fieldday-project.iam.gserviceaccount.com"],
    ])
    error_message = "Others than nodes pull, or others than the deployer push."
  }

  assert {
    condition = jsonencode([
      data.google_kms_crypto_key_version.release.crypto_key,
      google_container_analysis_note.release.name,
      google_container_analysis_note.release.project,
      google_container_analysis_note.release.short_description,
      google_container_analysis_note.release.attestation_authority[0].hint[0].human_readable_name,
      google_binary_authorization_attestor.release.name,
      google_binary_authorization_attestor.release.project,
      google_binary_authorization_attestor.release.description,
      google_binary_authorization_attestor.release.attestation_authority_note[0].note_reference,
      google_binary_authorization_attestor.release.attestation_authority_note[0].public_keys[0].id,
      google_binary_authorization_attestor.release.attestation_authority_note[0].public_keys[0].pkix_public_key,
      ]) == jsonencode([
      "the-release-key", "fieldday-test-release", "fieldday-project", "Released by the pipeline", "Tested, scanned and approved by the release pipeline.",
      "fieldday-test-release", "fieldday-project", "The release pipeline.", "fieldday-test-release",
      "//cloudkms.googleapis.com/v1/projects/p/locations/us-east1/keyRings/r/cryptoKeys/release/cryptoKeyVersions/1",
      [{ public_key_pem = "the public key", signature_algorithm = "ECDSA_P256_SHA256" }],
    ])
    error_message = "The attestor does not verify by the key that signs releases."
  }

  assert {
    condition = jsonencode([
      google_binary_authorization_policy.this.project,
      google_binary_authorization_policy.this.description,
      google_binary_authorization_policy.this.global_policy_evaluation_mode,
      google_binary_authorization_policy.this.default_admission_rule,
      google_binary_authorization_policy.this.admission_whitelist_patterns,
      ]) == jsonencode([
      "fieldday-project", "fieldday-test: released images, and those that Google signs for its clusters.", "ENABLE",
      [{ enforcement_mode = "ENFORCED_BLOCK_AND_AUDIT_LOG", evaluation_mode = "REQUIRE_ATTESTATION", require_attestations_by = ["fieldday-test-release"] }],
      [{ name_pattern = "us-docker.pkg.dev/fieldday-project/mirror/*" }],
    ])
    error_message = "An image that nobody has signed runs."
  }

  assert {
    condition = jsonencode({
      for key, member in google_service_account_iam_member.workloads : key => [member.service_account_id, member.role, member.member]
      }) == jsonencode({
      api = [
        "projects/fieldday-project/serviceAccounts/service-api@fieldday-project.iam.gserviceaccount.com", "roles/iam.workloadIdentityUser",
        "serviceAccount:fieldday-project.svc.id.goog[production/fieldday-api]",
      ]
    })
    error_message = "Other pods than the service's own run as its account."
  }
}

run "outputs" {
  assert {
    condition = jsonencode([
      output.cluster_id == google_container_cluster.this.id,
      output.cluster_name,
      output.endpoint == google_container_cluster.this.endpoint,
      output.cluster_ca_certificate == google_container_cluster.this.master_auth[0].cluster_ca_certificate,
      output.node_account == google_service_account.nodes.email,
      output.image_repository,
      output.attestor,
    ]) == jsonencode([true, "fieldday-test", true, true, true, "us-east1-docker.pkg.dev/fieldday-project/fieldday-test", "fieldday-test-release"])
    error_message = "An output does not say what it promises."
  }

  assert {
    condition     = jsonencode(output.encryption_key_ids) == jsonencode({ disks = "the-disk-key", images = "the-image-key", secrets = "the-cluster-key" })
    error_message = "The output for auditors names the wrong keys."
  }
}

run "defaults" {
  variables {
    release_channel      = "REGULAR"
    deletion_protection  = false
    enforce_attestation  = false
    unattested_images    = []
    rbac_group           = null
    workload_identities  = {}
    image_retention_days = 90
    maintenance          = { start = "2026-02-01T01:00:00Z", end = "2026-02-01T05:00:00Z", recurrence = "FREQ=WEEKLY;BYDAY=SU" }
  }

  assert {
    condition = jsonencode([
      google_container_cluster.this.release_channel[0].channel,
      google_container_cluster.this.deletion_protection,
      google_binary_authorization_policy.this.default_admission_rule[0].enforcement_mode,
      google_binary_authorization_policy.this.admission_whitelist_patterns,
      google_container_cluster.this.authenticator_groups_config,
      length(google_service_account_iam_member.workloads),
      google_container_cluster.this.maintenance_policy[0].recurring_window[0].start_time,
    ]) == jsonencode(["REGULAR", false, "DRYRUN_AUDIT_LOG_ONLY", [], [], 0, "2026-02-01T01:00:00Z"])
    error_message = "An input has no effect."
  }
}

run "zones_of_another_region_are_refused" {
  command = plan

  variables {
    zones = ["us-east1-b", "us-west1-a"]
  }

  expect_failures = [var.zones]
}

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    authorised_networks = { anyone = "0.0.0.0/0" }
  }

  expect_failures = [var.authorised_networks]
}

run "pools_of_spot_alone_are_refused" {
  command = plan

  variables {
    node_pools = { batch = { machine_type = "e2-standard-4", spot = true, min_nodes = 0, max_nodes = 3 } }
  }

  expect_failures = [var.node_pools]
}

run "a_pool_that_shrinks_below_its_least_is_refused" {
  command = plan

  variables {
    node_pools = { services = { machine_type = "e2-standard-4", min_nodes = 5, max_nodes = 3 } }
  }

  expect_failures = [var.node_pools]
}

run "reserved_spot_is_refused" {
  command = plan

  variables {
    node_pools = {
      services = { machine_type = "e2-standard-4", min_nodes = 3, max_nodes = 3 }
      batch    = { machine_type = "e2-standard-4", spot = true, min_nodes = 0, max_nodes = 3, reservation = "always-on" }
    }
  }

  expect_failures = [var.node_pools]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name                 = "F"
    project_id           = "Field"
    control_plane_cidr   = "172.16.0.0/24"
    release_channel      = "NONE"
    maintenance          = { start = "soon", end = "later", recurrence = "now and then" }
    unattested_images    = ["*"]
    rbac_group           = "admins@fieldday.example"
    image_retention_days = 0
    labels               = {}
  }

  expect_failures = [
    var.name, var.project_id, var.control_plane_cidr, var.release_channel, var.maintenance, var.unattested_images, var.rbac_group,
    var.image_retention_days, var.labels,
  ]
}

run "no_authorised_network_and_a_zone_as_region_are_refused" {
  command = plan

  variables {
    region              = "us-east1-b"
    authorised_networks = {}
    labels              = { service = "kubernetes", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
  }

  expect_failures = [var.region, var.authorised_networks, var.labels]
}

run "a_label_s_key_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "x", environment = "test", owner = "platform", cost_centre = "engineering", data_class = "internal", Team = "x" }
  }

  expect_failures = [var.labels]
}

run "no_zones_and_no_cidr_are_refused" {
  command = plan

  variables {
    zones               = []
    control_plane_cidr  = "172.16.0.999/28"
    authorised_networks = { bastion = "the bastion" }
    maintenance         = { start = "soon", end = "2026-01-06T12:00:00Z", recurrence = "FREQ=DAILY" }
  }

  expect_failures = [var.zones, var.control_plane_cidr, var.authorised_networks, var.maintenance]
}

run "a_zone_twice_is_refused" {
  command = plan

  variables {
    zones       = ["us-east1-b", "us-east1-b"]
    maintenance = { start = "2026-01-06T08:00:00Z", end = "later", recurrence = "FREQ=DAILY" }
    node_pools  = { services = { machine_type = "e2-standard-4", min_nodes = 0, max_nodes = 0 } }
  }

  expect_failures = [var.zones, var.maintenance, var.node_pools]
}

run "a_window_that_does_not_recur_is_refused" {
  command = plan

  variables {
    maintenance = { start = "2026-01-06T08:00:00Z", end = "2026-01-06T12:00:00Z", recurrence = "DAILY" }
    node_pools  = { services = { machine_type = "e2-standard-4", min_nodes = -1, max_nodes = 3 } }
  }

  expect_failures = [var.maintenance, var.node_pools]
}

run "the_least_is_taken" {
  command = plan

  variables {
    zones                = ["us-east1-b"]
    authorised_networks  = { bastion = "10.60.33.0/28" }
    node_pools           = { services = { machine_type = "e2-standard-4", min_nodes = 0, max_nodes = 1 } }
    image_retention_days = 1
    release_channel      = "RAPID"
  }
}

run "another_channel_is_taken" {
  command = plan

  variables {
    release_channel = "EXTENDED"
    node_pools      = { services = { machine_type = "e2-standard-4", min_nodes = 3, max_nodes = 3 } }
  }
}
