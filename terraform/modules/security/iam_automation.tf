# Roles of the pipelines. A pod assumes one through EKS Pod Identity, by its service account only.
# https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
locals {
  automation = {
    drill       = "Restores backups beside production, and removes what it restored"
    provisioner = "Plans and applies Terraform"
    release     = "Pushes images, and writes the evidence of a release"
    snapshots   = "Takes, copies and removes the nightly snapshots"
  }

  automation_trust = {
    for role in keys(local.automation) : role => {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = "pods.eks.amazonaws.com" }
        Action    = ["sts:AssumeRole", "sts:TagSession"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount"                         = local.account
            "aws:RequestTag/eks-cluster-arn"            = var.cluster_arn
            "aws:RequestTag/kubernetes-namespace"       = var.automation_namespace
            "aws:RequestTag/kubernetes-service-account" = role
          }
        }
      }]
    }
  }

  automation_policies = {
    drill                       = local.drill_policy
    provisioner-identities      = local.provisioner_identities_policy
    provisioner-infrastructure  = local.provisioner_infrastructure_policy
    provisioner-state-and-files = local.provisioner_state_policy
    release                     = local.release_policy
    snapshots                   = local.snapshots_policy
  }
}

resource "aws_iam_role" "automation" {
  for_each = local.automation

  name                 = "${var.name}-${each.key}"
  description          = each.value
  assume_role_policy   = jsonencode(local.automation_trust[each.key])
  permissions_boundary = aws_iam_policy.boundary.arn
  max_session_duration = 3600

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_iam_policy" "automation" {
  #checkov:skip=CKV_AWS_286:Roles are made with the boundary and the environment's prefix alone (provisioner-identities)
  #checkov:skip=CKV_AWS_287:No policy here reads a secret's value or makes credentials
  #checkov:skip=CKV_AWS_288:Files and secrets are read by the drill alone, from the buckets that it is named
  #checkov:skip=CKV_AWS_289:Policies are changed within the boundary alone (provisioner-identities)
  #checkov:skip=CKV_AWS_290:Calls that make things name them in the request, not as a resource; the boundary holds the region and what may not be removed
  #checkov:skip=CKV_AWS_355:Calls that make or list things know no resource; the rest is bound to the environment's names
  for_each = local.automation_policies

  name        = "${var.name}-${each.key}"
  description = "For the pipelines of ${var.name}: ${each.key}"
  policy      = jsonencode(each.value)

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    precondition {
      condition     = length(jsonencode(each.value)) <= 6144
      error_message = "policy ${each.key}: ${length(jsonencode(each.value))} characters, and IAM accepts 6144. Split it."
    }
  }
}

resource "aws_iam_role_policy_attachment" "automation" {
  for_each = local.automation_policies

  role       = aws_iam_role.automation[split("-", each.key)[0]].name
  policy_arn = aws_iam_policy.automation[each.key].arn
}
