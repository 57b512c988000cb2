# Roles of people. Each needs a second factor; break-glass a recent one.
locals {
  humans = {
    break-glass = { description = "Everything, in an incident; taking it raises an alarm", hours = 1, factor_seconds = 900 }
    operator    = { description = "Looks, and does what the runbooks ask", hours = 4, factor_seconds = 14400 }
    viewer      = { description = "Looks at what there is, not at what it holds", hours = 8, factor_seconds = 28800 }
  }

  human_trust = {
    for role, human in local.humans : role => {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { AWS = length(var.human_principal_arns) > 0 ? var.human_principal_arns : ["arn:${local.partition}:iam::${local.account}:root"] }
        Action    = ["sts:AssumeRole", "sts:SetSourceIdentity"]
        Condition = {
          Bool            = { "aws:MultiFactorAuthPresent" = "true" }
          NumericLessThan = { "aws:MultiFactorAuthAge" = tostring(human.factor_seconds) }
        }
      }]
    }
  }

  human_managed_policies = {
    break-glass-administrator = "AdministratorAccess"
    operator-view             = "job-function/ViewOnlyAccess"
    operator-metrics          = "CloudWatchReadOnlyAccess"
    viewer-view               = "job-function/ViewOnlyAccess"
    viewer-metrics            = "CloudWatchReadOnlyAccess"
  }

  no_contents_statement = {
    Sid    = "NoContents"
    Effect = "Deny"
    Action = [
      "dynamodb:GetItem",
      "kms:Decrypt",
      "rds-db:connect",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "secretsmanager:GetSecretValue",
      "ssm:GetParameter*",
    ]
    Resource = "*"
  }

  operator_policy = {
    Version = "2012-10-17"
    Statement = [
      local.no_contents_statement,
      {
        Sid      = "ReachTheCluster"
        Effect   = "Allow"
        Action   = ["eks:AccessKubernetesApi", "eks:DescribeCluster"]
        Resource = var.cluster_arn
      },
      {
        Sid       = "ReachTheBastion"
        Effect    = "Allow"
        Action    = "ssm:StartSession"
        Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account}:instance/*"
        Condition = { StringEquals = { "aws:ResourceTag/Environment" = local.environment, "aws:ResourceTag/Service" = "bastion" } }
      },
      {
        Sid    = "ReachThroughTheBastion"
        Effect = "Allow"
        Action = "ssm:StartSession"
        # The shell is the bastion's own document, which logs what is typed.
        Resource = [
          "arn:${local.partition}:ssm:${local.region}::document/AWS-StartPortForwardingSessionToRemoteHost",
          "arn:${local.partition}:ssm:${local.region}:${local.account}:document/${var.name}-*",
        ]
      },
      {
        Sid      = "EndOwnSessions"
        Effect   = "Allow"
        Action   = ["ssm:ResumeSession", "ssm:TerminateSession"]
        Resource = "arn:${local.partition}:ssm:${local.region}:${local.account}:session/$${aws:userid}-*"
      },
      {
        Sid      = "FailOver"
        Effect   = "Allow"
        Action   = ["elasticache:TestFailover", "rds:RebootDBInstance"]
        Resource = [local.cache_arns.replicationgroup, local.database_arns.db]
      },
      {
        Sid      = "SilenceAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions"]
        Resource = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-*"
      },
    ]
  }

  viewer_policy = {
    Version   = "2012-10-17"
    Statement = [local.no_contents_statement]
  }
}

resource "aws_iam_role" "human" {
  for_each = local.humans

  name               = "${var.name}-${each.key}"
  description        = each.value.description
  assume_role_policy = jsonencode(local.human_trust[each.key])
  # In an incident the boundary may be the obstacle.
  permissions_boundary = each.key == "break-glass" ? null : aws_iam_policy.boundary.arn
  max_session_duration = each.value.hours * 3600

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_iam_role_policy_attachment" "human" {
  #checkov:skip=CKV_AWS_274:Break-glass is for what nobody foresaw; a fresh second factor, an hour and an alarm guard it
  for_each = local.human_managed_policies

  role       = aws_iam_role.human[startswith(each.key, "break-glass") ? "break-glass" : split("-", each.key)[0]].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "human" {
  for_each = { operator = local.operator_policy, viewer = local.viewer_policy }

  name   = each.key
  role   = aws_iam_role.human[each.key].name
  policy = jsonencode(each.value)
}
