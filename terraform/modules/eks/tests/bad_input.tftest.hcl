# Each wrong value is refused at plan.
mock_provider "aws" {
  mock_resource "aws_eks_cluster" {
    defaults = { identity = [{ oidc = [{ issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/0A1B2C" }] }] }
  }
}

run "name" {
  command = plan
  variables {
    name = "FieldDay"
  }
  expect_failures = [var.name]
}

run "patch_version" {
  command = plan
  variables {
    kubernetes_version = "1.35.2"
  }
  expect_failures = [var.kubernetes_version]
}

run "one_subnet" {
  command = plan
  variables {
    subnet_ids = ["subnet-a"]
  }
  expect_failures = [var.subnet_ids]
}

run "services_in_a_public_network" {
  command = plan
  variables {
    service_cidr = "10.100.0.0/16"
  }
  expect_failures = [var.service_cidr]
}

run "services_network_too_small" {
  command = plan
  variables {
    service_cidr = "172.20.0.0/25"
  }
  expect_failures = [var.service_cidr]
}

run "services_network_that_is_none" {
  command = plan
  variables {
    service_cidr = "172.20.300.0/16"
  }
  expect_failures = [var.service_cidr]
}

run "open_to_the_internet" {
  command = plan
  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.public_access_cidrs]
}

run "open_to_what_is_no_network" {
  command = plan
  variables {
    public_access_cidrs = ["203.0.113.5"]
  }
  expect_failures = [var.public_access_cidrs]
}

run "alias_for_a_key" {
  command = plan
  variables {
    kms_key_arn = "alias/kubernetes"
  }
  expect_failures = [var.kms_key_arn]
}

run "alias_for_the_key_of_logs" {
  command = plan
  variables {
    log_kms_key_arn = "alias/logs"
  }
  expect_failures = [var.log_kms_key_arn]
}

run "logs_kept_too_short" {
  command = plan
  variables {
    log_retention_days = 89
  }
  expect_failures = [var.log_retention_days]
}

run "neither_on_demand_nor_spot" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4 }
      batch   = { capacity_type = "CHEAP", instance_types = ["a", "b", "c"], min = 0, desired = 0, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}

run "sizes_out_of_order" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 5, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}

run "desired_under_min" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 3, desired = 2, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}

run "a_group_without_nodes" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4 }
      other   = { instance_types = ["m7i.large"], min = 0, desired = 0, max = 0 }
    }
  }
  expect_failures = [var.node_groups]
}

run "spot_alone" {
  command = plan
  variables {
    node_groups = {
      batch = { capacity_type = "SPOT", instance_types = ["a", "b", "c"], min = 2, desired = 2, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}

run "one_node_alone" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 1, desired = 1, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}

run "tainted_nodes_alone" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4, taints = [{ key = "a", value = "b", effect = "NO_SCHEDULE" }] }
    }
  }
  expect_failures = [var.node_groups]
}

run "spot_of_two_types" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4 }
      batch   = { capacity_type = "SPOT", instance_types = ["a", "b", "b"], min = 0, desired = 0, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}

run "taint_in_kubernetes_spelling" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4 }
      batch   = { instance_types = ["a"], min = 0, desired = 0, max = 4, taints = [{ key = "a", value = "b", effect = "NoSchedule" }] }
    }
  }
  expect_failures = [var.node_groups]
}

run "disk_under_the_image" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4, disk_gib = 19 }
    }
  }
  expect_failures = [var.node_groups]
}

run "nobody_administers" {
  command = plan
  variables {
    access_entries = {
      viewers = { principal_arn = "arn:aws:iam::111122223333:role/viewer", policy = "AmazonEKSViewPolicy" }
    }
  }
  expect_failures = [var.access_entries]
}

run "administers_one_namespace_alone" {
  command = plan
  variables {
    access_entries = {
      platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "AmazonEKSClusterAdminPolicy", namespaces = ["test"] }
    }
  }
  expect_failures = [var.access_entries]
}

run "an_access_policy_that_is_none" {
  command = plan
  variables {
    access_entries = {
      platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "AmazonEKSClusterAdminPolicy" }
      others   = { principal_arn = "arn:aws:iam::111122223333:role/other", policy = "AdministratorAccess" }
    }
  }
  expect_failures = [var.access_entries]
}

run "a_user_with_keys" {
  command = plan
  variables {
    access_entries = {
      platform = { principal_arn = "arn:aws:iam::111122223333:user/root", policy = "AmazonEKSClusterAdminPolicy" }
    }
  }
  expect_failures = [var.access_entries]
}

run "a_service_that_may_do_everything" {
  command = plan
  variables {
    services = {
      api = { namespace = "test", policies = { all = "{\"Statement\":[{\"Action\":\"s3:*\",\"Resource\":\"*\"}]}" } }
    }
  }
  expect_failures = [var.services]
}

run "an_action_without_a_service" {
  command = plan
  variables {
    services = {
      api = { namespace = "test", policies = { all = "{\"Statement\":[{\"Action\":[\"s3:GetObject\", \"GetObject\"],\"Resource\":\"*\"}]}" } }
    }
  }
  expect_failures = [var.services]
}

run "secrets_policy_that_is_none" {
  command = plan
  variables {
    external_secrets_policy = "arn:aws:iam::111122223333:policy/secrets"
  }
  expect_failures = [var.external_secrets_policy]
}

run "an_addon_that_is_none" {
  command = plan
  variables {
    addon_versions = { core-dns = "v1.13.1-eksbuild.1" }
  }
  expect_failures = [var.addon_versions]
}

run "repository_in_capitals" {
  command = plan
  variables {
    image_repositories = ["FieldDay/api"]
  }
  expect_failures = [var.image_repositories]
}

run "account_by_name" {
  command = plan
  variables {
    image_reader_accounts = ["staging"]
  }
  expect_failures = [var.image_reader_accounts]
}

run "a_tag_missing" {
  command = plan
  variables {
    tags = { Service = "kubernetes", Environment = "test", Owner = "platform", DataClass = "internal" }
  }
  expect_failures = [var.tags]
}

run "an_image_with_further_disks" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], ami_type = "BOTTLEROCKET_x86_64", min = 2, desired = 2, max = 4 }
    }
  }
  expect_failures = [var.node_groups]
}
