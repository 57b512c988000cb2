# The limit of every role that the provisioner creates, whatever its policies say. It grants nothing itself.
locals {
  boundary = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WhatTheRoleIsGiven"
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      },
      {
        Sid    = "NoOtherWayIn"
        Effect = "Deny"
        Action = [
          "account:*",
          "iam:CreateAccessKey",
          "iam:CreateLoginProfile",
          "iam:CreateUser",
          "iam:DeleteRolePermissionsBoundary",
          "iam:UpdateLoginProfile",
          "organizations:*",
        ]
        Resource = "*"
      },
      {
        Sid      = "NoLargerBoundary"
        Effect   = "Deny"
        Action   = ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"]
        Resource = local.boundary_arn
      },
      {
        Sid    = "NoBlindEye"
        Effect = "Deny"
        Action = [
          "access-analyzer:DeleteAnalyzer",
          "cloudtrail:DeleteTrail",
          "cloudtrail:StopLogging",
          "config:DeleteConfigurationRecorder",
          "config:StopConfigurationRecorder",
          "guardduty:DeleteDetector",
          "guardduty:DisassociateFromAdministratorAccount",
        ]
        Resource = "*"
      },
      {
        Sid    = "NoLossOfBackups"
        Effect = "Deny"
        Action = [
          "backup:DeleteBackupVault",
          "backup:DeleteRecoveryPoint",
          "kms:DisableKey",
          "kms:ScheduleKeyDeletion",
          "s3:BypassGovernanceRetention",
        ]
        Resource = "*"
      },
      {
        Sid    = "NoOtherRegion"
        Effect = "Deny"
        # Global services respond in us-east-1 only, or in no region.
        NotAction = [
          "cloudfront:*",
          "iam:*",
          "route53:*",
          "sts:*",
          "support:*",
          "tag:*",
          "waf:*",
        ]
        Resource  = "*"
        Condition = { StringNotEquals = { "aws:RequestedRegion" = local.regions } }
      },
    ]
  }

  boundary_arn = "arn:${local.partition}:iam::${local.account}:policy/${var.name}-boundary"
}

resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_62:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_63:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_286:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_287:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_288:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_289:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_290:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV_AWS_355:A boundary grants nothing; it bounds what policies grant
  #checkov:skip=CKV2_AWS_40:A boundary grants nothing; it bounds what policies grant
  name        = "${var.name}-boundary"
  description = "What no role of ${var.name} can go beyond"
  policy      = jsonencode(local.boundary)

  tags = merge(var.tags, { Name = "${var.name}-boundary" })
}
