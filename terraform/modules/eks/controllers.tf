# Controllers in the cluster that use AWS get their roles by EKS Pod Identity.
locals {
  controllers = {
    "aws-load-balancer-controller" = {
      namespace       = "kube-system"
      service_account = "aws-load-balancer-controller"
      policy          = jsonencode({ Version = "2012-10-17", Statement = local.load_balancer_controller_statements })
    }
    "cluster-autoscaler" = {
      namespace       = "kube-system"
      service_account = "cluster-autoscaler"
      policy          = jsonencode({ Version = "2012-10-17", Statement = local.cluster_autoscaler_statements })
    }
    "external-secrets" = {
      namespace       = "external-secrets"
      service_account = "external-secrets"
      policy          = var.external_secrets_policy
    }
  }

  # Only this cluster may give the role to a pod.
  pod_identity_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Principal = { Service = "pods.eks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnEquals    = { "aws:SourceArn" = aws_eks_cluster.this.arn }
      }
    }]
  })

  cluster_autoscaler_statements = [
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ]
      Resource = "*"
    },
    {
      Sid      = "LookAtNodeGroups"
      Effect   = "Allow"
      Action   = ["eks:DescribeNodegroup"]
      Resource = "arn:${local.partition}:eks:${local.region}:${local.account_id}:nodegroup/${var.name}/*"
    },
    {
      Sid      = "ScaleOwnGroups"
      Effect   = "Allow"
      Action   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
      Resource = "arn:${local.partition}:autoscaling:${local.region}:${local.account_id}:autoScalingGroup:*"
      Condition = {
        StringEquals = { "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.name}" = "owned" }
      }
    },
  ]
}

resource "aws_iam_role" "controller" {
  for_each = local.controllers

  name                 = "${var.name}-${each.key}"
  description          = "${each.key} of ${var.name}"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = local.pod_identity_trust

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_iam_role_policy" "controller" {
  for_each = local.controllers

  name   = each.key
  role   = aws_iam_role.controller[each.key].name
  policy = each.value.policy
}

resource "aws_eks_pod_identity_association" "controller" {
  for_each = local.controllers

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.controller[each.key].arn

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_eks_pod_identity_association" "other" {
  for_each = var.pod_identities

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = each.value.role_arn

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
