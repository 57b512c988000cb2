# Who may do what in AWS: roles of the control plane, nodes, services, controllers and add-ons.
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

run "control_plane_and_nodes" {
  assert {
    condition = {
      for name, role in { cluster = aws_iam_role.cluster, node = aws_iam_role.node } : role.name => jsondecode(role.assume_role_policy)
      } == {
      "fieldday-test-eks-cluster" = {
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "eks.amazonaws.com" } }]
      }
      "fieldday-test-eks-node" = {
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
      }
    }
    error_message = "Others than EKS and EC2 may take the roles."
  }

  assert {
    condition = jsonencode(sort([
      for attachment in concat([aws_iam_role_policy_attachment.cluster], values(aws_iam_role_policy_attachment.node)) : "${attachment.role} ${attachment.policy_arn}"
      ])) == jsonencode([
      "fieldday-test-eks-cluster arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
      "fieldday-test-eks-node arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
      "fieldday-test-eks-node arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
      "fieldday-test-eks-node arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    ])
    error_message = "The control plane or the nodes may do more or less than they need."
  }

  assert {
    condition = aws_iam_role_policy.cluster_key.role == aws_iam_role.cluster.name && aws_iam_role_policy.cluster_key.name == "envelope-encryption" && jsondecode(aws_iam_role_policy.cluster_key.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
        Resource = "arn:aws:kms:us-east-1:111122223333:key/kubernetes"
      }]
    }
    error_message = "The control plane can't use its key, or can use others."
  }
}

run "services" {
  assert {
    condition = {
      for service, role in aws_iam_role.service : role.name => jsondecode(role.assume_role_policy)
      } == {
      for service in ["api", "analytics"] : "fieldday-test-${service}" => {
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = "sts:AssumeRoleWithWebIdentity"
          Principal = { Federated = aws_iam_openid_connect_provider.this.arn }
          Condition = {
            StringEquals = {
              "oidc.eks.us-east-1.amazonaws.com/id/0A1B2C:aud" = "sts.amazonaws.com"
              "oidc.eks.us-east-1.amazonaws.com/id/0A1B2C:sub" = "system:serviceaccount:test:fieldday-${service}"
            }
          }
        }]
      }
    }
    error_message = "A service's role is not called as its chart says, or another service account may take it."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this.url == "https://oidc.eks.us-east-1.amazonaws.com/id/0A1B2C" && aws_iam_openid_connect_provider.this.client_id_list == toset(["sts.amazonaws.com"])
    error_message = "IAM does not know the cluster's service accounts."
  }

  assert {
    condition = {
      for key, policy in aws_iam_role_policy.service : key => [policy.role, policy.name, policy.policy]
      } == {
      analytics-events = ["fieldday-test-analytics", "events", var.services.analytics.policies.events]
    }
    error_message = "A service may do other than what it was given."
  }

  assert {
    condition     = jsonencode(output.service_role_arns) == jsonencode({ for service, role in aws_iam_role.service : service => role.arn })
    error_message = "The output does not give the roles that charts need."
  }
}

run "controllers" {
  variables {
    pod_identities = {
      snapshots = { namespace = "airflow", service_account = "snapshots", role_arn = "arn:aws:iam::111122223333:role/snapshots" }
    }
  }

  assert {
    condition = {
      for name, association in merge(aws_eks_pod_identity_association.controller, aws_eks_pod_identity_association.other) :
      name => [association.cluster_name, association.namespace, association.service_account, association.role_arn]
      } == {
      "aws-load-balancer-controller" = ["fieldday-test", "kube-system", "aws-load-balancer-controller", output.controller_role_arns["aws-load-balancer-controller"]]
      "cluster-autoscaler"           = ["fieldday-test", "kube-system", "cluster-autoscaler", output.controller_role_arns["cluster-autoscaler"]]
      "external-secrets"             = ["fieldday-test", "external-secrets", "external-secrets", output.controller_role_arns["external-secrets"]]
      "snapshots"                    = ["fieldday-test", "airflow", "snapshots", "arn:aws:iam::111122223333:role/snapshots"]
    }
    error_message = "A controller's pods do not have its role, or others have it."
  }

  assert {
    condition = jsonencode(output.controller_role_arns) == jsonencode({
      for name in ["aws-load-balancer-controller", "cluster-autoscaler", "external-secrets"] : name => "arn:aws:iam::111122223333:role/fieldday-test-controller"
    })
    error_message = "The output does not give the controllers' roles."
  }

  assert {
    condition = alltrue([
      for role in concat(values(aws_iam_role.controller), values(aws_iam_role.addon)) : jsondecode(role.assume_role_policy) == {
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = ["sts:AssumeRole", "sts:TagSession"]
          Principal = { Service = "pods.eks.amazonaws.com" }
          Condition = {
            StringEquals = { "aws:SourceAccount" = "111122223333" }
            ArnEquals    = { "aws:SourceArn" = "arn:aws:eks:us-east-1:111122223333:cluster/fieldday-test" }
          }
        }]
      }
    ])
    error_message = "Another cluster's pods may take the roles."
  }

  assert {
    condition = {
      for name, policy in aws_iam_role_policy.controller : name => [policy.role, policy.name]
      } == {
      for name in ["aws-load-balancer-controller", "cluster-autoscaler", "external-secrets"] : name => ["fieldday-test-${name}", name]
    }
    error_message = "A controller's permissions are another's."
  }

  assert {
    condition     = aws_iam_role_policy.controller["external-secrets"].policy == var.external_secrets_policy
    error_message = "The External Secrets operator may read other secrets than the services'."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.controller["cluster-autoscaler"].policy) == jsondecode(file("${path.module}/tests/cluster_autoscaler.json"))
    error_message = "The cluster autoscaler's policy differs from tests/cluster_autoscaler.json: review the difference, then change both."
  }

  assert {
    condition = jsondecode(replace(
      aws_iam_role_policy.controller["aws-load-balancer-controller"].policy, output.node_security_group_id, "sg-nodes",
    )) == jsondecode(file("${path.module}/tests/load_balancer_controller.json"))
    error_message = "The load balancer controller's policy differs from tests/load_balancer_controller.json: review the difference, then change both."
  }

  assert {
    condition = alltrue(flatten([
      for name in ["aws-load-balancer-controller", "cluster-autoscaler"] : [
        for statement in jsondecode(aws_iam_role_policy.controller[name].policy).Statement : [
          for action in statement.Action : statement.Resource != "*" || can(regex(":(Describe|Get|List)[A-Za-z]+$", action))
        ]
      ]
    ]))
    error_message = "A controller may change what is not its own."
  }
}

run "addons" {
  variables {
    addon_versions = { coredns = "v1.13.1-eksbuild.1", vpc-cni = "v1.21.0-eksbuild.1" }
  }

  assert {
    condition = {
      for name, addon in merge(aws_eks_addon.before_nodes, aws_eks_addon.on_nodes) : name => [
        addon.cluster_name, addon.addon_name, [for identity in addon.pod_identity_association : "${identity.service_account} ${identity.role_arn}"],
        addon.resolve_conflicts_on_create, addon.resolve_conflicts_on_update,
      ]
      } == {
      for name, accounts in {
        "amazon-cloudwatch-observability" = ["cloudwatch-agent"]
        "aws-ebs-csi-driver"              = ["ebs-csi-controller-sa"]
        "coredns"                         = []
        "eks-pod-identity-agent"          = []
        "kube-proxy"                      = []
        "metrics-server"                  = []
        "vpc-cni"                         = ["aws-node"]
      } : name => ["fieldday-test", name, [for account in accounts : "${account} arn:aws:iam::111122223333:role/fieldday-test-addon"], "OVERWRITE", "OVERWRITE"]
    }
    error_message = "An add-on is missing, or has no role or another's."
  }

  assert {
    condition     = aws_eks_addon.on_nodes["coredns"].addon_version == "v1.13.1-eksbuild.1" && aws_eks_addon.before_nodes["vpc-cni"].addon_version == "v1.21.0-eksbuild.1"
    error_message = "An add-on does not have the version that was asked for."
  }

  assert {
    condition = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values) == {
      enableNetworkPolicy = "true"
      env                 = { ENABLE_PREFIX_DELEGATION = "true", WARM_PREFIX_TARGET = "1" }
    }
    error_message = "Network policies are not enforced."
  }

  assert {
    condition = jsonencode({ for name, attachment in aws_iam_role_policy_attachment.addon : attachment.role => attachment.policy_arn }) == jsonencode({
      "fieldday-test-amazon-cloudwatch-observability" = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
      "fieldday-test-aws-ebs-csi-driver"              = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
      "fieldday-test-vpc-cni"                         = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    })
    error_message = "An add-on may do more or less than it needs."
  }

  assert {
    condition = aws_iam_role_policy.ebs_key.role == "fieldday-test-aws-ebs-csi-driver" && aws_iam_role_policy.ebs_key.name == "encrypt-volumes" && jsondecode(aws_iam_role_policy.ebs_key.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "UseKey"
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
          Resource = "arn:aws:kms:us-east-1:111122223333:key/kubernetes"
        },
        {
          Sid       = "LetEc2UseKey"
          Effect    = "Allow"
          Action    = ["kms:CreateGrant"]
          Resource  = "arn:aws:kms:us-east-1:111122223333:key/kubernetes"
          Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
        },
      ]
    }
    error_message = "Volumes are not encrypted by the cluster's key, or other keys can be used."
  }
}

run "without_container_insights" {
  variables {
    container_insights       = false
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition     = !contains(keys(aws_eks_addon.on_nodes), "amazon-cloudwatch-observability") && !contains(keys(aws_iam_role.addon), "amazon-cloudwatch-observability")
    error_message = "Metrics are paid for that were not asked for."
  }

  assert {
    condition = alltrue([
      for role in concat([aws_iam_role.cluster, aws_iam_role.node], values(aws_iam_role.service), values(aws_iam_role.controller), values(aws_iam_role.addon)) :
      role.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    ])
    error_message = "A role lacks the boundary."
  }
}

run "tags" {
  variables {
    image_repositories         = ["fieldday/api"]
    ingress_security_group_ids = { edge = "sg-edge" }
    api_security_group_ids     = { bastion = "sg-bastion" }
    pod_identities = {
      snapshots = { namespace = "airflow", service_account = "snapshots", role_arn = "arn:aws:iam::111122223333:role/snapshots" }
    }
  }

  assert {
    condition = alltrue([
      for resource in concat(
        [aws_eks_cluster.this, aws_cloudwatch_log_group.cluster, aws_iam_role.cluster, aws_iam_role.node, aws_iam_openid_connect_provider.this],
        values(aws_vpc_security_group_ingress_rule.pods), values(aws_vpc_security_group_ingress_rule.api), values(aws_eks_node_group.this),
        values(aws_launch_template.node), values(aws_eks_access_entry.this), values(aws_iam_role.controller), values(aws_iam_role.addon), values(aws_eks_pod_identity_association.controller), values(aws_eks_pod_identity_association.other),
        values(aws_eks_addon.before_nodes), values(aws_eks_addon.on_nodes), values(aws_ecr_repository.this),
      ) : { for key in keys(var.tags) : key => resource.tags[key] } == { for key, value in var.tags : key => value }
    ])
    error_message = "A resource lacks one of the five tags."
  }

  assert {
    condition = jsonencode(concat(
      [for resource in [aws_eks_cluster.this, aws_cloudwatch_log_group.cluster, aws_iam_role.cluster, aws_iam_role.node, aws_iam_openid_connect_provider.this] : resource.tags.Name],
      [for resource in concat(values(aws_vpc_security_group_ingress_rule.pods), values(aws_eks_node_group.this), values(aws_launch_template.node), values(aws_eks_access_entry.this)) : resource.tags.Name],
      [for resource in concat(values(aws_iam_role.controller), values(aws_eks_pod_identity_association.controller), values(aws_eks_pod_identity_association.other)) : resource.tags.Name],
      [for resource in concat(values(aws_iam_role.addon), values(aws_eks_addon.before_nodes), values(aws_eks_addon.on_nodes), values(aws_ecr_repository.this)) : resource.tags.Name],
      )) == jsonencode(concat(
      ["fieldday-test", "/aws/eks/fieldday-test/cluster", "fieldday-test-eks-cluster", "fieldday-test-eks-node", "fieldday-test"],
      ["fieldday-test-pods-from-edge", "fieldday-test-batch", "fieldday-test-general", "fieldday-test-node-batch", "fieldday-test-node-general"],
      ["fieldday-test-administrators", "fieldday-test-auditors", "fieldday-test-operators"],
      ["fieldday-test-aws-load-balancer-controller", "fieldday-test-cluster-autoscaler", "fieldday-test-external-secrets"],
      ["fieldday-test-aws-load-balancer-controller", "fieldday-test-cluster-autoscaler", "fieldday-test-external-secrets", "fieldday-test-snapshots"],
      ["fieldday-test-amazon-cloudwatch-observability", "fieldday-test-aws-ebs-csi-driver", "fieldday-test-vpc-cni"],
      ["fieldday-test-eks-pod-identity-agent", "fieldday-test-kube-proxy", "fieldday-test-vpc-cni"],
      ["fieldday-test-amazon-cloudwatch-observability", "fieldday-test-aws-ebs-csi-driver", "fieldday-test-coredns", "fieldday-test-metrics-server"],
      ["fieldday/api"],
    ))
    error_message = "A resource has another name than what it is."
  }

  # What a service costs is seen by its own tag.
  assert {
    condition = {
      for service, role in aws_iam_role.service : service => { for key, value in role.tags : key => value }
      } == {
      for service in ["api", "analytics"] : service => merge(
        { for key, value in var.tags : key => value }, { Service = service, Name = "fieldday-test-${service}" },
      )
    }
    error_message = "A service's role does not carry its service's tag."
  }
}
