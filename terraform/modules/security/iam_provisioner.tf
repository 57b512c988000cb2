# Terraform's permissions: none on the content of buckets, secrets and databases.
locals {
  provisioner_state_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindState"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = var.state_bucket_arn
      },
      {
        Sid      = "KeepStateAndLock"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = "${var.state_bucket_arn}/*"
      },
      {
        Sid      = "EncryptState"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.state_kms_key_arn
      },
      {
        Sid    = "SetUpBuckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket",
          "s3:DeleteBucket",
          "s3:DeleteBucketPolicy",
          "s3:GetAccelerateConfiguration",
          "s3:GetBucket*",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
          "s3:ListTagsForResource",
          "s3:PutBucket*",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
          "s3:PutReplicationConfiguration",
          "s3:TagResource",
          "s3:UntagResource",
        ]
        Resource = "arn:${local.partition}:s3:::${var.name}-*"
      },
      {
        Sid      = "BlockPublicBuckets"
        Effect   = "Allow"
        Action   = ["s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"]
        Resource = "*"
      },
      {
        Sid    = "SetUpSecrets"
        Effect = "Allow"
        Action = [
          "secretsmanager:CancelRotateSecret",
          "secretsmanager:CreateSecret",
          "secretsmanager:DeleteSecret",
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetResourcePolicy",
          "secretsmanager:RemoveRegionsFromReplication",
          "secretsmanager:ReplicateSecretToRegions",
          "secretsmanager:RotateSecret",
          "secretsmanager:TagResource",
          "secretsmanager:UntagResource",
          "secretsmanager:UpdateSecret",
        ]
        Resource = local.secrets_arn
      },
      {
        Sid    = "SetUpKeys"
        Effect = "Allow"
        Action = [
          "kms:CreateAlias",
          "kms:CreateGrant",
          "kms:CreateKey",
          "kms:DeleteAlias",
          "kms:DescribeKey",
          "kms:EnableKeyRotation",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListAliases",
          "kms:ListResourceTags",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource = "*"
      },
    ]
  }

  # These services' create calls have no resource yet; what they create has the tags.
  provisioner_services = [
    "access-analyzer",
    "acm",
    "autoscaling",
    "backup",
    "backup-storage",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "config",
    "ec2",
    "ecr",
    "eks",
    "elasticache",
    "elasticloadbalancing",
    "events",
    "guardduty",
    "lambda",
    "logs",
    "rds",
    "route53",
    "sns",
    "sqs",
    "wafv2",
  ]

  provisioner_infrastructure_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "SetUpInfrastructure"
        Effect    = "Allow"
        Action    = [for service in local.provisioner_services : "${service}:*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = local.regions } }
      },
      {
        # Images, logs and running machines are what others work with; Terraform need not read them.
        Sid    = "LeaveContentsAlone"
        Effect = "Deny"
        Action = [
          "ec2:GetConsoleOutput",
          "ec2:GetPasswordData",
          "ecr:BatchDeleteImage",
          "ecr:PutImage",
          "lambda:InvokeFunction",
          "logs:FilterLogEvents",
          "logs:GetLogEvents",
          "logs:StartQuery",
          "rds:DownloadDBLogFilePortion",
          "rds-db:connect",
          "sqs:ReceiveMessage",
        ]
        Resource = "*"
      },
      {
        Sid      = "FindImages"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParameters"]
        Resource = "arn:${local.partition}:ssm:${local.region}::parameter/aws/service/*"
      },
      {
        Sid    = "SetUpSessions"
        Effect = "Allow"
        Action = [
          "ssm:AddTagsToResource",
          "ssm:CreateDocument",
          "ssm:DeleteDocument",
          "ssm:DescribeDocument",
          "ssm:DescribeDocumentPermission",
          "ssm:GetDocument",
          "ssm:ListTagsForResource",
          "ssm:RemoveTagsFromResource",
          "ssm:UpdateDocument",
          "ssm:UpdateDocumentDefaultVersion",
        ]
        Resource = "arn:${local.partition}:ssm:${local.region}:${local.account}:document/${var.name}-*"
      },
    ]
  }

  provisioner_identities_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Look"
        Effect   = "Allow"
        Action   = ["iam:Get*", "iam:List*"]
        Resource = "*"
      },
      {
        Sid       = "GiveRolesWithinTheBoundary"
        Effect    = "Allow"
        Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = "arn:${local.partition}:iam::${local.account}:role/${var.name}-*"
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid      = "KeepRoles"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
        Resource = "arn:${local.partition}:iam::${local.account}:role/${var.name}-*"
      },
      {
        Sid      = "KeepPolicies"
        Effect   = "Allow"
        Action   = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"]
        Resource = "arn:${local.partition}:iam::${local.account}:policy/${var.name}-*"
      },
      {
        Sid    = "KeepProfilesAndProviders"
        Effect = "Allow"
        Action = [
          "iam:AddRoleToInstanceProfile",
          "iam:CreateInstanceProfile",
          "iam:CreateOpenIDConnectProvider",
          "iam:DeleteInstanceProfile",
          "iam:DeleteOpenIDConnectProvider",
          "iam:RemoveRoleFromInstanceProfile",
          "iam:TagInstanceProfile",
          "iam:TagOpenIDConnectProvider",
          "iam:UpdateOpenIDConnectProviderThumbprint",
        ]
        Resource = [
          "arn:${local.partition}:iam::${local.account}:instance-profile/${var.name}-*",
          "arn:${local.partition}:iam::${local.account}:oidc-provider/oidc.eks.*",
        ]
      },
      {
        Sid      = "HandRolesToServices"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = "arn:${local.partition}:iam::${local.account}:role/${var.name}-*"
        Condition = {
          StringEquals = {
            "iam:PassedToService" = [
              "backup.amazonaws.com",
              "cloudtrail.amazonaws.com",
              "config.amazonaws.com",
              "ec2.amazonaws.com",
              "eks.amazonaws.com",
              "lambda.amazonaws.com",
              "monitoring.rds.amazonaws.com",
              "pods.eks.amazonaws.com",
              "s3.amazonaws.com",
              "vpc-flow-logs.amazonaws.com",
            ]
          }
        }
      },
      {
        Sid      = "LetServicesMakeTheirOwnRoles"
        Effect   = "Allow"
        Action   = "iam:CreateServiceLinkedRole"
        Resource = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"
      },
      {
        # The first apply, by a person, creates these; only a person may change them.
        Sid    = "ProtectTheGuards"
        Effect = "Deny"
        Action = [
          "iam:AttachRolePolicy",
          "iam:CreatePolicyVersion",
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
          "iam:DeleteRole",
          "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy",
          "iam:PassRole",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole",
        ]
        Resource = concat(
          [local.boundary_arn],
          [for role in ["break-glass", "operator", "provisioner"] : "arn:${local.partition}:iam::${local.account}:role/${var.name}-${role}"],
          ["arn:${local.partition}:iam::${local.account}:policy/${var.name}-provisioner-*"],
        )
      },
    ]
  }
}
