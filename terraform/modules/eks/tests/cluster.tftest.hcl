# The control plane, its nodes and who may use them.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
  mock_resource "aws_eks_cluster" {
    defaults = {
      arn                   = "arn:aws:eks:us-east-1:111122223333:cluster/fieldday-test"
      identity              = [{ oidc = [{ issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/0A1B2C" }] }]
      certificate_authority = [{ data = "Y2VydGlmaWNhdGU=" }]
    }
  }
  mock_resource "aws_eks_node_group" {
    defaults = { resources = [{ autoscaling_groups = [{ name = "eks-general-0a1b" }], remote_access_security_group_id = "" }] }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/fieldday-test" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0A1B2C" }
  }
  override_resource {
    target = aws_iam_role.cluster
    values = { arn = "arn:aws:iam::111122223333:role/fieldday-test-eks-cluster" }
  }
  override_resource {
    target = aws_iam_role.node
    values = { arn = "arn:aws:iam::111122223333:role/fieldday-test-eks-node" }
  }
  override_resource {
    target = aws_iam_role.addon
    values = { arn = "arn:aws:iam::111122223333:role/fieldday-test-addon" }
  }
  override_resource {
    target = aws_iam_role.service
    values = { arn = "arn:aws:iam::111122223333:role/fieldday-test-service" }
  }
  override_resource {
    target = aws_iam_role.controller
    values = { arn = "arn:aws:iam::111122223333:role/fieldday-test-controller" }
  }
}

run "control_plane" {
  assert {
    condition = jsonencode([
      aws_eks_cluster.this.name,
      aws_eks_cluster.this.version,
      aws_eks_cluster.this.role_arn,
      aws_eks_cluster.this.deletion_protection,
      aws_eks_cluster.this.bootstrap_self_managed_addons,
      aws_eks_cluster.this.upgrade_policy[0].support_type,
      aws_eks_cluster.this.zonal_shift_config[0].enabled,
    ]) == jsonencode(["fieldday-test", "1.35", aws_iam_role.cluster.arn, true, false, "STANDARD", true])
    error_message = "The cluster can be deleted by a slip, or does not leave a failing zone."
  }

  assert {
    condition     = aws_eks_cluster.this.enabled_cluster_log_types == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "Not every log of the control plane is kept."
  }

  assert {
    condition = jsonencode([
      aws_eks_cluster.this.vpc_config[0].endpoint_private_access,
      aws_eks_cluster.this.vpc_config[0].endpoint_public_access,
      sort(aws_eks_cluster.this.vpc_config[0].subnet_ids),
    ]) == jsonencode([true, false, ["subnet-a", "subnet-b", "subnet-c"]])
    error_message = "The API server is reached from the internet, or not from the network."
  }

  assert {
    condition = jsonencode([
      aws_eks_cluster.this.access_config[0].authentication_mode,
      aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions,
      aws_eks_cluster.this.kubernetes_network_config[0].ip_family,
      aws_eks_cluster.this.kubernetes_network_config[0].service_ipv4_cidr,
    ]) == jsonencode(["API", false, "ipv4", "172.20.0.0/16"])
    error_message = "Access is given otherwise than by access entries, or Services have other addresses."
  }

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.kms_key_arn && aws_eks_cluster.this.encryption_config[0].resources == toset(["secrets"])
    error_message = "Kubernetes Secrets are not encrypted by the key."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_group.cluster.name, aws_cloudwatch_log_group.cluster.retention_in_days, aws_cloudwatch_log_group.cluster.kms_key_id,
    ]) == jsonencode(["/aws/eks/fieldday-test/cluster", 365, "arn:aws:kms:us-east-1:111122223333:key/logs"])
    error_message = "The control plane's logs are not those that EKS writes, not encrypted, or not kept for a year."
  }

  assert {
    condition = jsonencode([
      output.cluster_name, output.cluster_arn, output.cluster_endpoint, output.cluster_ca, output.log_group,
      output.node_security_group_id, output.oidc_provider_arn,
      ]) == jsonencode([
      "fieldday-test", aws_eks_cluster.this.arn, aws_eks_cluster.this.endpoint, "Y2VydGlmaWNhdGU=", "/aws/eks/fieldday-test/cluster",
      aws_eks_cluster.this.vpc_config[0].cluster_security_group_id, aws_iam_openid_connect_provider.this.arn,
    ])
    error_message = "An output gives something else than its name says."
  }
}

run "public_endpoint_by_list_alone" {
  variables {
    public_access_cidrs = ["203.0.113.0/24"]
    deletion_protection = false
    log_retention_days  = 90
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["203.0.113.0/24"])
    error_message = "The public endpoint is open to others than those that are listed."
  }

  assert {
    condition     = !aws_eks_cluster.this.deletion_protection && aws_cloudwatch_log_group.cluster.retention_in_days == 90
    error_message = "What was asked for was not made."
  }
}

run "nodes" {
  assert {
    condition = jsonencode({
      for name, group in aws_eks_node_group.this : name => [
        group.node_group_name, group.cluster_name, group.capacity_type, group.instance_types, group.ami_type, group.version,
        group.scaling_config[0].min_size, group.scaling_config[0].desired_size, group.scaling_config[0].max_size,
        group.labels, [for taint in group.taint : [taint.key, taint.value, taint.effect]],
      ]
      }) == jsonencode({
      general = [
        "fieldday-test-general", "fieldday-test", "ON_DEMAND", ["m7i.large"], "AL2023_x86_64_STANDARD", "1.35", 2, 3, 6,
        { "fieldday.io/node-group" = "general" }, [],
      ]
      batch = [
        "fieldday-test-batch", "fieldday-test", "SPOT", ["m7i.large", "m7a.large", "m6i.large"], "AL2023_ARM_64_STANDARD", "1.35", 0, 1, 4,
        { "fieldday.io/node-group" = "batch", "fieldday.io/tier" = "batch" }, [["fieldday.io/tier", "batch", "NO_SCHEDULE"]],
      ]
    })
    error_message = "A node group differs from what was asked for."
  }

  assert {
    condition = alltrue([
      for name, group in aws_eks_node_group.this :
      group.node_role_arn == aws_iam_role.node.arn && group.subnet_ids == toset(var.subnet_ids) && group.node_repair_config[0].enabled
      && group.update_config[0].max_unavailable_percentage == 33
      && group.launch_template[0].id == aws_launch_template.node[name].id
      && group.launch_template[0].version == tostring(aws_launch_template.node[name].latest_version)
    ])
    error_message = "A node group is not in every zone, not repaired, or not made from its launch template's newest version."
  }

  assert {
    condition = alltrue([
      for template in aws_launch_template.node : jsonencode(template.metadata_options[0]) == jsonencode({
        http_endpoint               = "enabled"
        http_protocol_ipv6          = template.metadata_options[0].http_protocol_ipv6
        http_put_response_hop_limit = 1
        http_tokens                 = "required"
        instance_metadata_tags      = "disabled"
      })
    ])
    error_message = "Pods reach the node's credentials, or the metadata service answers without a token."
  }

  assert {
    condition = {
      for name, template in aws_launch_template.node : name => [
        template.block_device_mappings[0].device_name,
        template.block_device_mappings[0].ebs[0].encrypted,
        template.block_device_mappings[0].ebs[0].kms_key_id,
        template.block_device_mappings[0].ebs[0].volume_type,
        template.block_device_mappings[0].ebs[0].volume_size,
        template.block_device_mappings[0].ebs[0].delete_on_termination,
      ]
      } == {
      general = ["/dev/xvda", "true", "arn:aws:kms:us-east-1:111122223333:key/kubernetes", "gp3", 50, "true"]
      batch   = ["/dev/xvda", "true", "arn:aws:kms:us-east-1:111122223333:key/kubernetes", "gp3", 80, "true"]
    }
    error_message = "A node's disk is not encrypted by the key."
  }

  assert {
    condition = {
      for name, template in aws_launch_template.node : name => [
        template.name, template.update_default_version, template.monitoring[0].enabled,
        { for specification in template.tag_specifications : specification.resource_type => { for key, value in specification.tags : key => value } },
      ]
      } == {
      for name in ["general", "batch"] : name => [
        "fieldday-test-node-${name}", true, true,
        {
          for kind in ["instance", "network-interface", "volume"] :
          kind => merge({ for key, value in var.tags : key => value }, { Name = "fieldday-test-${name}" })
        },
      ]
    }
    error_message = "Machines, their disks or interfaces lack tags or monitoring."
  }

  assert {
    condition = jsonencode([output.node_group_names, output.autoscaling_group_names]) == jsonencode([
      { general = "fieldday-test-general", batch = "fieldday-test-batch" },
      { general = "eks-general-0a1b", batch = "eks-general-0a1b" },
    ])
    error_message = "The outputs do not name the groups."
  }
}

run "access" {
  assert {
    condition = jsonencode({
      for name, entry in aws_eks_access_entry.this : name => [entry.cluster_name, entry.principal_arn, entry.type, entry.kubernetes_groups]
      }) == jsonencode({
      administrators = ["fieldday-test", "arn:aws:iam::111122223333:role/platform-administrator", "STANDARD", []]
      auditors       = ["fieldday-test", "arn:aws:iam::111122223333:role/auditor", "STANDARD", []]
      operators      = ["fieldday-test", "arn:aws:iam::111122223333:role/operator", "STANDARD", ["fieldday:operators"]]
    })
    error_message = "Others may sign in to the cluster than those that were named, or in other groups."
  }

  assert {
    condition = jsonencode({
      for name, association in aws_eks_access_policy_association.this : name => [
        association.cluster_name, association.principal_arn, association.policy_arn,
        association.access_scope[0].type, association.access_scope[0].namespaces,
      ]
      }) == jsonencode({
      administrators = [
        "fieldday-test", "arn:aws:iam::111122223333:role/platform-administrator",
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "cluster", null,
      ]
      auditors = [
        "fieldday-test", "arn:aws:iam::111122223333:role/auditor",
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "namespace", ["test"],
      ]
    })
    error_message = "Somebody may do more in the cluster than was asked for."
  }
}

run "load_balancers_reach_pods" {
  variables {
    ingress_security_group_ids = { edge = "sg-edge" }
    api_security_group_ids     = { bastion = "sg-bastion" }
  }

  assert {
    condition = jsonencode({
      for name, rule in aws_vpc_security_group_ingress_rule.api : name => [
        rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.referenced_security_group_id, rule.tags.Name,
      ]
    }) == jsonencode({ bastion = [output.node_security_group_id, "tcp", 443, 443, "sg-bastion", "fieldday-test-api-from-bastion"] })
    error_message = "The bastion does not reach the API server, or reaches more."
  }

  assert {
    condition = jsonencode({
      for name, rule in aws_vpc_security_group_ingress_rule.pods : name => [
        rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.referenced_security_group_id, rule.tags.Name,
      ]
    }) == jsonencode({ edge = [output.node_security_group_id, "tcp", 8080, 8080, "sg-edge", "fieldday-test-pods-from-edge"] })
    error_message = "A load balancer reaches other than the pods' port, or nothing."
  }
}

run "repositories" {
  variables {
    image_repositories    = ["fieldday/api", "fieldday/float-plan"]
    image_reader_accounts = ["444455556666"]
  }

  assert {
    condition = jsonencode({
      for name, repository in aws_ecr_repository.this : name => [
        repository.name, repository.image_tag_mutability, repository.image_scanning_configuration[0].scan_on_push,
        repository.encryption_configuration[0].encryption_type, repository.encryption_configuration[0].kms_key, repository.force_delete,
      ]
      }) == jsonencode({
      for name in ["fieldday/api", "fieldday/float-plan"] : name => [name, "IMMUTABLE", true, "KMS", "arn:aws:kms:us-east-1:111122223333:key/kubernetes", null]
    })
    error_message = "A tag can be moved to another image, images are not scanned or not encrypted by the key, or a full repository can be removed."
  }

  assert {
    condition = alltrue([
      for name, policy in aws_ecr_lifecycle_policy.this : policy.repository == name && jsondecode(policy.policy) == {
        rules = [
          {
            rulePriority = 1
            description  = "What has no tag is a failed push"
            selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
            action       = { type = "expire" }
          },
          {
            rulePriority = 2
            description  = "Enough to roll back to for months"
            selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 200 }
            action       = { type = "expire" }
          },
        ]
      }
    ]) && length(aws_ecr_lifecycle_policy.this) == 2
    error_message = "Images are kept for ever, or removed while they may be rolled back to."
  }

  assert {
    condition = {
      for name, policy in aws_ecr_repository_policy.readers : policy.repository => jsondecode(policy.policy)
      } == {
      for name in ["fieldday/api", "fieldday/float-plan"] : name => {
        Version = "2012-10-17"
        Statement = [{
          Sid       = "PullFromOtherAccounts"
          Effect    = "Allow"
          Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Principal = { AWS = ["arn:aws:iam::444455556666:root"] }
        }]
      }
    }
    error_message = "Other accounts may do other than pull."
  }

  assert {
    condition     = output.repository_urls == { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
    error_message = "The output does not say where images go."
  }
}

run "no_readers_no_policy" {
  variables {
    image_repositories = ["fieldday/api"]
  }

  assert {
    condition     = length(aws_ecr_repository_policy.readers) == 0 && length(aws_ecr_repository.this) == 1
    error_message = "Without other accounts a repository needs no policy."
  }
}
