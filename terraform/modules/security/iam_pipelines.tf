# What the release, the nightly snapshots and the drill may do.
locals {
  data_key = aws_kms_key.this["data"].arn

  via_s3 = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }

  evidence_statements = [
    {
      Sid      = "WriteEvidence"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${var.bucket_arns.reports}/*"
    },
    {
      Sid       = "EncryptFiles"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = local.data_key
      Condition = local.via_s3
    },
  ]

  release_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "SignInToRegistry"
          Effect   = "Allow"
          Action   = "ecr:GetAuthorizationToken"
          Resource = "*"
        },
        {
          Sid    = "PushImages"
          Effect = "Allow"
          Action = [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:DescribeImageScanFindings",
            "ecr:DescribeImages",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
          ]
          Resource = "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/fieldday/*"
        },
        {
          Sid      = "FindCluster"
          Effect   = "Allow"
          Action   = "eks:DescribeCluster"
          Resource = var.cluster_arn
        },
      ],
      local.evidence_statements,
    )
  }

  # An environment's databases, caches and their snapshots in the regions in which they may be.
  database_arns = { for kind in ["db", "og", "pg", "snapshot", "subgrp"] : kind => "arn:${local.partition}:rds:*:${local.account}:${kind}:${var.name}*" }
  cache_arns    = { for kind in ["parametergroup", "replicationgroup", "snapshot", "subnetgroup", "usergroup"] : kind => "arn:${local.partition}:elasticache:*:${local.account}:${kind}:${var.name}*" }

  look_statement = {
    Sid    = "Look"
    Effect = "Allow"
    Action = [
      "elasticache:DescribeReplicationGroups",
      "elasticache:DescribeSnapshots",
      "elasticache:ListTagsForResource",
      "rds:DescribeDBInstanceAutomatedBackups",
      "rds:DescribeDBInstances",
      "rds:DescribeDBSnapshots",
      "rds:ListTagsForResource",
    ]
    Resource = "*"
  }

  # RDS and ElastiCache use the keys for snapshots and copies, on behalf of the role.
  grant_statement = {
    Sid      = "LetDatabasesUseKeys"
    Effect   = "Allow"
    Action   = ["kms:CreateGrant", "kms:DescribeKey"]
    Resource = concat([local.data_key], [for class, key in aws_kms_key.recovery : key.arn if class == "data"])
    Condition = {
      StringLike = { "kms:ViaService" = ["elasticache.*.amazonaws.com", "rds.*.amazonaws.com"] }
    }
  }

  snapshots_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        local.look_statement,
        local.grant_statement,
        {
          Sid      = "SnapshotDatabases"
          Effect   = "Allow"
          Action   = ["rds:AddTagsToResource", "rds:CopyDBSnapshot", "rds:CreateDBSnapshot", "rds:DeleteDBSnapshot"]
          Resource = [local.database_arns.db, local.database_arns.og, local.database_arns.snapshot]
        },
        {
          Sid      = "SnapshotCaches"
          Effect   = "Allow"
          Action   = ["elasticache:AddTagsToResource", "elasticache:CopySnapshot", "elasticache:CreateSnapshot", "elasticache:DeleteSnapshot"]
          Resource = [local.cache_arns.replicationgroup, local.cache_arns.snapshot]
        },
        {
          Sid      = "ListFiles"
          Effect   = "Allow"
          Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListBucketVersions"]
          Resource = [var.bucket_arns.backups, var.bucket_arns.uploads]
        },
        {
          Sid      = "KeepBackups"
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
          Resource = "${var.bucket_arns.backups}/*"
        },
      ],
      local.evidence_statements,
    )
  }

  # What the drill creates has its name as a prefix; it can remove only that.
  drill_database = "arn:${local.partition}:rds:*:${local.account}:db:${var.name}-drill-*"
  drill_cache    = "arn:${local.partition}:elasticache:*:${local.account}:replicationgroup:${var.name}-drill-*"

  drill_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        local.look_statement,
        local.grant_statement,
        {
          Sid    = "RestoreDatabases"
          Effect = "Allow"
          Action = ["rds:AddTagsToResource", "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"]
          Resource = [
            local.drill_database,
            local.database_arns.og,
            local.database_arns.pg,
            local.database_arns.snapshot,
            local.database_arns.subgrp,
            "arn:${local.partition}:rds:*:${local.account}:auto-backup:*",
            "arn:${local.partition}:rds:*:${local.account}:db:${var.name}",
            "arn:${local.partition}:rds:*:${local.account}:snapshot:awsbackup:*",
          ]
        },
        {
          Sid      = "RemoveRestoredDatabases"
          Effect   = "Allow"
          Action   = ["rds:DeleteDBInstance", "rds:ModifyDBInstance"]
          Resource = [local.drill_database, local.database_arns.pg]
        },
        {
          Sid      = "RestoreCaches"
          Effect   = "Allow"
          Action   = ["elasticache:AddTagsToResource", "elasticache:CreateReplicationGroup"]
          Resource = [local.drill_cache, local.cache_arns.parametergroup, local.cache_arns.snapshot, local.cache_arns.subnetgroup, local.cache_arns.usergroup]
        },
        {
          Sid      = "RemoveRestoredCaches"
          Effect   = "Allow"
          Action   = "elasticache:DeleteReplicationGroup"
          Resource = local.drill_cache
        },
        {
          Sid      = "ReadBackups"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:ListBucket"]
          Resource = [var.bucket_arns.backups, "${var.bucket_arns.backups}/*"]
        },
        {
          Sid      = "FindCluster"
          Effect   = "Allow"
          Action   = "eks:DescribeCluster"
          Resource = var.cluster_arn
        },
      ],
      local.evidence_statements,
    )
  }
}
