# What AWS Load Balancer Controller needs for Ingresses and TargetGroupBindings, narrower than the
# published policy: it may change only what it owns, by the tag that it sets.
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/
locals {
  load_balancing = "arn:${local.partition}:elasticloadbalancing:${local.region}:${local.account_id}"
  ec2            = "arn:${local.partition}:ec2:${local.region}:${local.account_id}"

  made_here = { StringEquals = { "aws:RequestTag/elbv2.k8s.aws/cluster" = var.name } }
  own       = { StringEquals = { "aws:ResourceTag/elbv2.k8s.aws/cluster" = var.name } }

  load_balancer_controller_statements = [
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstances",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVpcs",
        "ec2:GetSecurityGroupsForVpc",
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:DescribeListenerAttributes",
        "elasticloadbalancing:DescribeListenerCertificates",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeSSLPolicies",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "shield:GetSubscriptionState",
        "wafv2:GetWebACL",
        "wafv2:GetWebACLForResource",
      ]
      Resource = "*"
    },
    {
      Sid      = "CreateSecurityGroupInNetwork"
      Effect   = "Allow"
      Action   = ["ec2:CreateSecurityGroup"]
      Resource = "${local.ec2}:vpc/${var.vpc_id}"
    },
    {
      Sid       = "CreateTaggedSecurityGroup"
      Effect    = "Allow"
      Action    = ["ec2:CreateSecurityGroup"]
      Resource  = "${local.ec2}:security-group/*"
      Condition = local.made_here
    },
    {
      Sid      = "TagNewSecurityGroup"
      Effect   = "Allow"
      Action   = ["ec2:CreateTags"]
      Resource = "${local.ec2}:security-group/*"
      Condition = {
        StringEquals = {
          "aws:RequestTag/elbv2.k8s.aws/cluster" = var.name
          "ec2:CreateAction"                     = "CreateSecurityGroup"
        }
      }
    },
    {
      Sid    = "ChangeOwnSecurityGroups"
      Effect = "Allow"
      Action = [
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateTags",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteTags",
        "ec2:RevokeSecurityGroupIngress",
      ]
      Resource  = "${local.ec2}:security-group/*"
      Condition = local.own
    },
    {
      Sid      = "OpenNodesToLoadBalancers"
      Effect   = "Allow"
      Action   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
      Resource = "${local.ec2}:security-group/${local.node_security_group_id}"
    },
    {
      Sid       = "CreateTaggedLoadBalancers"
      Effect    = "Allow"
      Action    = ["elasticloadbalancing:AddTags", "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
      Resource  = ["${local.load_balancing}:loadbalancer/*", "${local.load_balancing}:targetgroup/*"]
      Condition = local.made_here
    },
    {
      Sid    = "ChangeOwnLoadBalancers"
      Effect = "Allow"
      Action = [
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:ModifyTargetGroupAttributes",
        "elasticloadbalancing:RemoveTags",
        "elasticloadbalancing:SetIpAddressType",
        "elasticloadbalancing:SetSecurityGroups",
        "elasticloadbalancing:SetSubnets",
        "elasticloadbalancing:SetWebAcl",
      ]
      Resource  = ["${local.load_balancing}:loadbalancer/*", "${local.load_balancing}:targetgroup/*"]
      Condition = local.own
    },
    {
      Sid    = "ChangeOwnListeners"
      Effect = "Allow"
      Action = [
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:DeleteListener",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyListenerAttributes",
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RemoveListenerCertificates",
        "elasticloadbalancing:RemoveTags",
        "elasticloadbalancing:SetRulePriorities",
      ]
      Resource  = ["${local.load_balancing}:listener/*", "${local.load_balancing}:listener-rule/*"]
      Condition = local.own
    },
    {
      Sid       = "TagNewListeners"
      Effect    = "Allow"
      Action    = ["elasticloadbalancing:AddTags"]
      Resource  = ["${local.load_balancing}:listener/*", "${local.load_balancing}:listener-rule/*"]
      Condition = local.made_here
    },
    {
      # Target groups of a TargetGroupBinding are created elsewhere and don't have the controller's tag.
      Sid      = "RegisterPods"
      Effect   = "Allow"
      Action   = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
      Resource = "${local.load_balancing}:targetgroup/*"
    },
    {
      Sid    = "AttachWebAcl"
      Effect = "Allow"
      Action = ["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"]
      Resource = [
        "arn:${local.partition}:wafv2:${local.region}:${local.account_id}:regional/webacl/*",
        "${local.load_balancing}:loadbalancer/app/*",
      ]
    },
  ]
}
