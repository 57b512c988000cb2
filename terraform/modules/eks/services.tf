# IRSA: a service's pods have a role of their own by the token of their service account, which the
# charts annotate with the role's ARN (serviceAccount.roleArn).
locals {
  issuer = aws_eks_cluster.this.identity[0].oidc[0].issuer
  # As conditions name it: without the scheme.
  issuer_name = trimprefix(local.issuer, "https://")
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = local.issuer
  client_id_list = ["sts.amazonaws.com"]

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_iam_role" "service" {
  for_each = var.services

  name                 = "${var.name}-${each.key}"
  description          = "Pods of the service ${each.key} in ${each.value.namespace}"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.this.arn }
      Condition = {
        StringEquals = {
          "${local.issuer_name}:aud" = "sts.amazonaws.com"
          "${local.issuer_name}:sub" = "system:serviceaccount:${each.value.namespace}:fieldday-${each.key}"
        }
      }
    }]
  })

  tags = merge(var.tags, { Name = "${var.name}-${each.key}", Service = each.key })
}

resource "aws_iam_role_policy" "service" {
  for_each = merge([
    for service, settings in var.services : {
      for purpose, policy in settings.policies : "${service}-${purpose}" => {
        service = service
        purpose = purpose
        policy  = policy
      }
    }
  ]...)

  name   = each.value.purpose
  role   = aws_iam_role.service[each.value.service].name
  policy = each.value.policy
}
