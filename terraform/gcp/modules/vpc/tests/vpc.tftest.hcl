mock_provider "google" {}

variables {
  name       = "fieldday-test"
  project_id = "fieldday-project"
  region     = "us-east1"

  cidrs = {
    nodes            = "10.60.0.0/20"
    pods             = "10.64.0.0/14"
    services         = "10.60.16.0/20"
    functions        = "10.60.32.0/24"
    bastion          = "10.60.33.0/28"
    private_services = "10.61.0.0/16"
    control_plane    = "172.16.0.0/28"
  }

  nat_address_count = 3
  flow_log_sampling = 0.5
  service_ports     = ["8080", "9090"]

  labels = {
    service     = "network"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}

run "network" {
  assert {
    condition = jsonencode({
      for key in ["name", "project", "description", "auto_create_subnetworks", "delete_default_routes_on_create", "routing_mode"] : key => google_compute_network.this[key]
      }) == jsonencode({
      name                            = "fieldday-test"
      project                         = "fieldday-project"
      description                     = "fieldday-test: everything private; out by Cloud NAT, in by the load balancer and IAP."
      auto_create_subnetworks         = false
      delete_default_routes_on_create = true
      routing_mode                    = "GLOBAL"
    })
    error_message = "The network makes subnets or a way out by itself."
  }

  assert {
    condition = jsonencode({
      for key, subnet in google_compute_subnetwork.this : key => {
        name      = subnet.name
        project   = subnet.project
        region    = subnet.region
        cidr      = subnet.ip_cidr_range
        network   = subnet.network == google_compute_network.this.id
        private   = subnet.private_ip_google_access
        stack     = subnet.stack_type
        secondary = { for range in subnet.secondary_ip_range : range.range_name => range.ip_cidr_range }
        logs      = [subnet.log_config[0].aggregation_interval, subnet.log_config[0].flow_sampling, subnet.log_config[0].metadata]
      }
      }) == jsonencode({
      for key, expected in {
        bastion   = { cidr = "10.60.33.0/28", secondary = {} }
        functions = { cidr = "10.60.32.0/24", secondary = {} }
        nodes     = { cidr = "10.60.0.0/20", secondary = { fieldday-test-pods = "10.64.0.0/14", fieldday-test-services = "10.60.16.0/20" } }
        } : key => {
        name      = "fieldday-test-${key}"
        project   = "fieldday-project"
        region    = "us-east1"
        cidr      = expected.cidr
        network   = true
        private   = true
        stack     = "IPV4_ONLY"
        secondary = expected.secondary
        logs      = ["INTERVAL_5_SEC", 0.5, "INCLUDE_ALL_METADATA"]
      }
    })
    error_message = "The subnets differ from what is promised: ranges, private access, flow logs."
  }

  assert {
    condition = jsonencode([
      google_compute_global_address.private_services.name,
      google_compute_global_address.private_services.project,
      google_compute_global_address.private_services.network == google_compute_network.this.id,
      google_compute_global_address.private_services.purpose,
      google_compute_global_address.private_services.address_type,
      google_compute_global_address.private_services.address,
      google_compute_global_address.private_services.prefix_length,
      google_compute_global_address.private_services.labels == tomap(var.labels),
    ]) == jsonencode(["fieldday-test-private-services", "fieldday-project", true, "VPC_PEERING", "INTERNAL", "10.61.0.0", 16, true])
    error_message = "The range lent to Google is not the one given."
  }

  assert {
    condition = jsonencode([
      google_service_networking_connection.private_services.network == google_compute_network.this.id,
      google_service_networking_connection.private_services.service,
      google_service_networking_connection.private_services.reserved_peering_ranges,
      google_service_networking_connection.private_services.deletion_policy,
    ]) == jsonencode([true, "servicenetworking.googleapis.com", ["fieldday-test-private-services"], "ABANDON"])
    error_message = "The peering for Cloud SQL and Memorystore is not what is promised."
  }
}

run "way_out" {
  assert {
    condition = jsonencode([
      for route in [google_compute_route.internet, google_compute_route.google_apis] :
      [route.name, route.project, route.description, route.network == google_compute_network.this.id, route.dest_range, route.next_hop_gateway, route.priority, route.tags]
      ]) == jsonencode([
      ["fieldday-test-internet", "fieldday-project", "The internet, by Cloud NAT, for nodes and functions alone.", true, "0.0.0.0/0", "default-internet-gateway", 1000, ["fieldday-test-function", "fieldday-test-node"]],
      ["fieldday-test-google-apis", "fieldday-project", "private.googleapis.com, which stays on Google's network.", true, "199.36.153.8/30", "default-internet-gateway", 900, null],
    ])
    error_message = "A route differs: the internet is for nodes and functions alone."
  }

  assert {
    condition = jsonencode([
      google_compute_router.this.name,
      google_compute_router.this.project,
      google_compute_router.this.region,
      google_compute_router.this.network == google_compute_network.this.id,
    ]) == jsonencode(["fieldday-test", "fieldday-project", "us-east1", true])
    error_message = "The router is not in the network and region given."
  }

  assert {
    condition = jsonencode([
      for address in google_compute_address.nat :
      [address.name, address.project, address.region, address.address_type, address.network_tier, address.labels == tomap(var.labels)]
      ]) == jsonencode([
      for index in range(3) : ["fieldday-test-nat-${index}", "fieldday-project", "us-east1", "EXTERNAL", "PREMIUM", true]
    ])
    error_message = "Cloud NAT does not send from the number of fixed addresses given."
  }

  assert {
    condition = jsonencode({
      for key in ["name", "project", "region", "router", "nat_ip_allocate_option", "source_subnetwork_ip_ranges_to_nat", "enable_dynamic_port_allocation", "enable_endpoint_independent_mapping", "min_ports_per_vm", "max_ports_per_vm", "log_config"] : key => google_compute_router_nat.this[key]
      }) == jsonencode({
      name                                = "fieldday-test"
      project                             = "fieldday-project"
      region                              = "us-east1"
      router                              = "fieldday-test"
      nat_ip_allocate_option              = "MANUAL_ONLY"
      source_subnetwork_ip_ranges_to_nat  = "LIST_OF_SUBNETWORKS"
      enable_dynamic_port_allocation      = true
      enable_endpoint_independent_mapping = false
      min_ports_per_vm                    = 64
      max_ports_per_vm                    = 4096
      log_config                          = [{ enable = true, filter = "ERRORS_ONLY" }]
    })
    error_message = "Cloud NAT differs from what is promised."
  }

  assert {
    condition     = google_compute_router_nat.this.nat_ips == toset(google_compute_address.nat[*].self_link)
    error_message = "Cloud NAT sends from other addresses than the fixed ones."
  }

  assert {
    # OpenTofu's mocks give both subnets the same id.
    condition = jsonencode(sort([
      for subnet in google_compute_router_nat.this.subnetwork : jsonencode([subnet.name, subnet.source_ip_ranges_to_nat])
      ])) == jsonencode(sort(distinct([
        for key in ["nodes", "functions"] : jsonencode([google_compute_subnetwork.this[key].id, ["ALL_IP_RANGES"]])
    ])))
    error_message = "Cloud NAT serves other subnets than nodes and functions."
  }
}

run "names" {
  assert {
    condition = jsonencode({
      for key, zone in google_dns_managed_zone.google_apis : key => [
        zone.name, zone.project, zone.description, zone.dns_name, zone.visibility, zone.labels == tomap(var.labels),
        [for network in zone.private_visibility_config[0].networks : network.network_url == google_compute_network.this.id],
      ]
      }) == jsonencode({
      for key in ["gcr.io", "googleapis.com", "pkg.dev"] : key => [
        "fieldday-test-${replace(key, ".", "-")}", "fieldday-project", "${key} inside fieldday-test: Google's private addresses.", "${key}.", "private", true, [true],
      ]
    })
    error_message = "Google's domains are not answered privately."
  }

  assert {
    condition = jsonencode({
      for key, record in google_dns_record_set.google_apis : key => [record.project, record.managed_zone, record.name, record.type, record.ttl, record.rrdatas]
      }) == jsonencode({
      for key, zone in {
        "gcr.io" = "gcr-io", "*.gcr.io" = "gcr-io", "googleapis.com" = "googleapis-com", "*.googleapis.com" = "googleapis-com", "pkg.dev" = "pkg-dev", "*.pkg.dev" = "pkg-dev"
        } : key => [
        "fieldday-project", "fieldday-test-${zone}", "${key}.", "A", 300,
        ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"],
      ]
    })
    error_message = "Google's names do not lead to private.googleapis.com."
  }

  assert {
    condition = jsonencode([
      google_dns_policy.this.name,
      google_dns_policy.this.project,
      google_dns_policy.this.description,
      google_dns_policy.this.enable_logging,
      [for network in google_dns_policy.this.networks : network.network_url == google_compute_network.this.id],
    ]) == jsonencode(["fieldday-test", "fieldday-project", "Logs every name that fieldday-test looks up.", true, [true]])
    error_message = "Look-ups of names are not logged."
  }
}

run "firewall" {
  assert {
    condition = jsonencode({
      for key, rule in google_compute_firewall.deny : key => [
        rule.name, rule.project, rule.description, rule.network == google_compute_network.this.id, rule.direction, rule.priority,
        rule.direction == "EGRESS" ? rule.destination_ranges : rule.source_ranges, [for block in rule.deny : block.protocol], length(rule.allow), rule.target_tags, rule.log_config[0].metadata,
      ]
      }) == jsonencode({
      egress  = ["fieldday-test-deny-egress", "fieldday-project", "Last of all: no egress that no other rule allows.", true, "EGRESS", 65534, ["0.0.0.0/0"], ["all"], 0, null, "INCLUDE_ALL_METADATA"]
      ingress = ["fieldday-test-deny-ingress", "fieldday-project", "Last of all: no ingress that no other rule allows.", true, "INGRESS", 65534, ["0.0.0.0/0"], ["all"], 0, null, "INCLUDE_ALL_METADATA"]
    })
    error_message = "Not everything is denied by default, or denials are not logged."
  }

  assert {
    condition = jsonencode({
      for key, rule in google_compute_firewall.egress : key => [
        rule.name, rule.project, rule.description, rule.network == google_compute_network.this.id, rule.direction, rule.priority, rule.destination_ranges, rule.target_tags,
        { for block in rule.allow : block.protocol => block.ports },
      ]
      }) == jsonencode({
      google-apis = ["fieldday-test-egress-google-apis", "fieldday-project", "Google's APIs by private.googleapis.com.", true, "EGRESS", 1000, ["199.36.153.8/30"], null, { tcp = ["443"] }]
      internal = [
        "fieldday-test-egress-internal", "fieldday-project", "Nodes, pods, databases and the control plane to each other.", true, "EGRESS", 1000,
        ["10.60.0.0/20", "10.60.16.0/20", "10.61.0.0/16", "10.64.0.0/14", "172.16.0.0/28"], null, { icmp = [], tcp = [], udp = [] },
      ]
      internet = [
        "fieldday-test-egress-internet", "fieldday-project", "HTTPS to the world (payments, weather, push), for nodes and functions alone.", true, "EGRESS", 1000,
        ["0.0.0.0/0"], ["fieldday-test-function", "fieldday-test-node"], { tcp = ["443"] },
      ]
    })
    error_message = "Something else than the three promised ways out is open."
  }

  assert {
    condition = jsonencode([
      google_compute_firewall.load_balancers.name,
      google_compute_firewall.load_balancers.project,
      google_compute_firewall.load_balancers.description,
      google_compute_firewall.load_balancers.network == google_compute_network.this.id,
      google_compute_firewall.load_balancers.direction,
      google_compute_firewall.load_balancers.priority,
      google_compute_firewall.load_balancers.source_ranges,
      google_compute_firewall.load_balancers.target_tags,
      [for block in google_compute_firewall.load_balancers.allow : [block.protocol, block.ports]],
      ]) == jsonencode([
      "fieldday-test-ingress-load-balancers", "fieldday-project", "Google's load balancers and health checks to the services' pods.", true, "INGRESS", 1000,
      ["130.211.0.0/22", "35.191.0.0/16"], ["fieldday-test-node"], [["tcp", ["8080", "9090"]]],
    ])
    error_message = "Something else than Google's load balancers comes in, or elsewhere than to the services' ports."
  }
}

run "outputs" {
  assert {
    condition = jsonencode([
      output.network_id == google_compute_network.this.id, output.network_name,
      [for key in ["bastion", "functions", "nodes"] : output.subnet_ids[key] == google_compute_subnetwork.this[key].id], length(output.subnet_ids),
      output.pods_range_name, output.services_range_name, output.private_services_range, output.private_services_cidr, output.node_tag, output.function_tag,
      output.nat_addresses == google_compute_address.nat[*].address,
      ]) == jsonencode([
      true, "fieldday-test", [true, true, true], 3,
      "fieldday-test-pods", "fieldday-test-services", "fieldday-test-private-services", "10.61.0.0/16", "fieldday-test-node", "fieldday-test-function", true,
    ])
    error_message = "An output does not say what it promises."
  }
}

run "ranges_that_overlap_are_refused" {
  command = plan

  variables {
    cidrs = {
      nodes            = "10.60.0.0/20"
      pods             = "10.56.0.0/13"
      services         = "10.70.16.0/20"
      functions        = "10.70.32.0/24"
      bastion          = "10.70.33.0/28"
      private_services = "10.71.0.0/16"
      control_plane    = "172.16.0.0/28"
    }
  }

  expect_failures = [google_compute_network.this]
}

run "a_range_that_is_no_cidr_is_refused" {
  command = plan

  variables {
    cidrs = {
      nodes            = "10.60.0.0/33"
      pods             = "10.64.0.0/14"
      services         = "10.60.16.0/20"
      functions        = "10.60.32.0/24"
      bastion          = "10.60.33.0/28"
      private_services = "10.61.0.0/16"
      control_plane    = "172.16.0.0/28"
    }
  }

  expect_failures = [var.cidrs]
}

run "a_range_with_host_bits_is_refused" {
  command = plan

  variables {
    cidrs = {
      nodes            = "10.60.0.5/20"
      pods             = "10.64.0.0/14"
      services         = "10.60.16.0/20"
      functions        = "10.60.32.0/24"
      bastion          = "10.60.33.0/28"
      private_services = "10.61.0.0/16"
      control_plane    = "172.16.0.0/28"
    }
  }

  expect_failures = [var.cidrs]
}

run "a_control_plane_that_is_no_28_is_refused" {
  command = plan

  variables {
    cidrs = {
      nodes            = "10.60.0.0/20"
      pods             = "10.64.0.0/14"
      services         = "10.60.16.0/20"
      functions        = "10.60.32.0/24"
      bastion          = "10.60.33.0/28"
      private_services = "10.61.0.0/16"
      control_plane    = "172.16.0.0/27"
    }
  }

  expect_failures = [var.cidrs]
}

run "bad_names_are_refused" {
  command = plan

  variables {
    name       = "FieldDay"
    project_id = "FieldDay Test"
    region     = "us-east1-b"
  }

  expect_failures = [var.name, var.project_id, var.region]
}

run "a_missing_label_is_refused" {
  command = plan

  variables {
    labels = { service = "network", environment = "test", owner = "platform", cost_centre = "engineering" }
  }

  expect_failures = [var.labels]
}

run "a_label_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "network", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "internal" }
  }

  expect_failures = [var.labels]
}

run "logs_switched_off_are_refused" {
  command = plan

  variables {
    flow_log_sampling = 0
    nat_address_count = 0
    service_ports     = ["70000"]
  }

  expect_failures = [var.flow_log_sampling, var.nat_address_count, var.service_ports]
}

run "a_label_s_key_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "x", environment = "test", owner = "platform", cost_centre = "engineering", data_class = "internal", Team = "x" }
  }

  expect_failures = [var.labels]
}

run "too_much_is_refused" {
  command = plan

  variables {
    nat_address_count = 17
    flow_log_sampling = 1.1
    service_ports     = []
  }

  expect_failures = [var.nat_address_count, var.flow_log_sampling, var.service_ports]
}

run "what_is_no_number_of_things_is_refused" {
  command = plan

  variables {
    nat_address_count = 1.5
    service_ports     = ["0"]
  }

  expect_failures = [var.nat_address_count, var.service_ports]
}

run "the_least_is_taken" {
  command = plan

  variables {
    nat_address_count = 1
    flow_log_sampling = 0.1
    service_ports     = ["1"]
  }
}

run "the_most_is_taken" {
  command = plan

  variables {
    nat_address_count = 16
    flow_log_sampling = 1
    service_ports     = ["65535"]
  }
}
