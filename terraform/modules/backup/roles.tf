# The managed policies of AWS Backup reach into every service. These are their parts for RDS.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
locals {
  trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "backup.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  }

  rds       = "arn:${local.partition}:rds:*:${local.account}"
  snapshots = "${local.rds}:snapshot:awsbackup:*"

  look_statement = {
    Sid      = "Look"
    Effect   = "Allow"
    Action   = ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource", "tag:GetResources"]
    Resource = "*"
  }

  # RDS uses the keys, for snapshots, copies and restored instances; the role itself reads no data.
  keys_statements = [
    {
      Sid      = "NameKeys"
      Effect   = "Allow"
      Action   = "kms:DescribeKey"
      Resource = "arn:${local.partition}:kms:*:${local.account}:key/*"
    },
    {
      Sid      = "LetRdsUseKeys"
      Effect   = "Allow"
      Action   = "kms:CreateGrant"
      Resource = "arn:${local.partition}:kms:*:${local.account}:key/*"
      Condition = {
        Bool       = { "kms:GrantIsForAWSResource" = "true" }
        StringLike = { "kms:ViaService" = "rds.*.amazonaws.com" }
      }
    },
  ]

  backup_permissions = {
    Version = "2012-10-17"
    Statement = concat(
      [
        local.look_statement,
        {
          Sid      = "TakeAndCopySnapshots"
          Effect   = "Allow"
          Action   = ["rds:AddTagsToResource", "rds:CopyDBSnapshot", "rds:CreateDBSnapshot"]
          Resource = ["${local.rds}:db:*", "${local.rds}:og:*", local.snapshots]
        },
        {
          Sid      = "EndOwnSnapshots"
          Effect   = "Allow"
          Action   = ["rds:DeleteDBSnapshot", "rds:ModifyDBSnapshotAttribute"]
          Resource = local.snapshots
        },
        {
          Sid      = "WriteToTheVaults"
          Effect   = "Allow"
          Action   = ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"]
          Resource = concat([aws_backup_vault.this.arn], aws_backup_vault.recovery[*].arn)
        },
      ],
      local.keys_statements,
    )
  }

  restore_permissions = {
    Version = "2012-10-17"
    Statement = concat(
      [
        local.look_statement,
        {
          Sid      = "Restore"
          Effect   = "Allow"
          Action   = ["rds:AddTagsToResource", "rds:RestoreDBInstanceFromDBSnapshot"]
          Resource = [for kind in ["db", "og", "pg", "secgrp", "snapshot", "subgrp"] : "${local.rds}:${kind}:*"]
        },
      ],
      local.keys_statements,
    )
  }
}

resource "aws_iam_role" "backup" {
  name                 = "${var.name}-backup"
  description          = "Takes and copies the backups of ${var.name}"
  assume_role_policy   = jsonencode(local.trust)
  permissions_boundary = var.permissions_boundary_arn

  tags = merge(var.tags, { Name = "${var.name}-backup" })
}

resource "aws_iam_role_policy" "backup" {
  name   = "back-up-databases"
  role   = aws_iam_role.backup.name
  policy = jsonencode(local.backup_permissions)
}

# Two roles, so that whoever takes backups can't overwrite anything by a restore.
resource "aws_iam_role" "restore" {
  name                 = "${var.name}-restore"
  description          = "Restores backups of ${var.name} to new databases"
  assume_role_policy   = jsonencode(local.trust)
  permissions_boundary = var.permissions_boundary_arn

  tags = merge(var.tags, { Name = "${var.name}-restore" })
}

resource "aws_iam_role_policy" "restore" {
  name   = "restore-databases"
  role   = aws_iam_role.restore.name
  policy = jsonencode(local.restore_permissions)
}
