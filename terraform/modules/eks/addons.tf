locals {
  # Needed before a node can become ready; these are ready without one.
  addons_before_nodes = {
    "eks-pod-identity-agent" = { configuration = {}, identity = {} }
    "kube-proxy"             = { configuration = {}, identity = {} }
    "vpc-cni" = {
      # The charts' network policies do nothing without a CNI that enforces them.
      configuration = {
        enableNetworkPolicy = "true"
        env                 = { ENABLE_PREFIX_DELEGATION = "true", WARM_PREFIX_TARGET = "1" }
      }
      identity = { service_account = "aws-node", policy = "AmazonEKS_CNI_Policy" }
    }
  }

  addons_on_nodes = merge(
    {
      "aws-ebs-csi-driver" = {
        configuration = {}
        identity      = { service_account = "ebs-csi-controller-sa", policy = "service-role/AmazonEBSCSIDriverPolicy" }
      }
      "coredns"        = { configuration = {}, identity = {} }
      "metrics-server" = { configuration = {}, identity = {} }
    },
    var.container_insights ? {
      "amazon-cloudwatch-observability" = {
        configuration = {}
        identity      = { service_account = "cloudwatch-agent", policy = "CloudWatchAgentServerPolicy" }
      }
    } : {},
  )

  addon_identities = {
    for name, addon in merge(local.addons_before_nodes, local.addons_on_nodes) : name => addon.identity if addon.identity != {}
  }
}

resource "aws_eks_addon" "before_nodes" {
  for_each = local.addons_before_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, null)
  configuration_values        = each.value.configuration == {} ? null : jsonencode(each.value.configuration)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = each.value.identity == {} ? [] : [each.value.identity]

    content {
      service_account = pod_identity_association.value.service_account
      role_arn        = aws_iam_role.addon[each.key].arn
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_eks_addon" "on_nodes" {
  for_each = local.addons_on_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = each.value.identity == {} ? [] : [each.value.identity]

    content {
      service_account = pod_identity_association.value.service_account
      role_arn        = aws_iam_role.addon[each.key].arn
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_eks_node_group.this]
}

resource "aws_iam_role" "addon" {
  for_each = local.addon_identities

  name                 = "${var.name}-${each.key}"
  description          = "The add-on ${each.key} of ${var.name}"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = local.pod_identity_trust

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = local.addon_identities

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value.policy}"
}

# Volumes that pods request are encrypted with the cluster's key.
resource "aws_iam_role_policy" "ebs_key" {
  name = "encrypt-volumes"
  role = aws_iam_role.addon["aws-ebs-csi-driver"].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource = var.kms_key_arn
      },
      {
        Sid       = "LetEc2UseKey"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant"]
        Resource  = var.kms_key_arn
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
    ]
  })
}
