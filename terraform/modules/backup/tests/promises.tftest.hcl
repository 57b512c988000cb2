# What the module promises, with mocks instead of AWS: a daily backup that is kept for 30 days, a copy
# in a second region, a lock on both, and a restore every week.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
}

variables {
  name                     = "fieldday-production"
  resource_arns            = ["arn:aws:rds:us-east-1:111122223333:db:fieldday-production"]
  kms_key_arn              = "arn:aws:kms:us-east-1:111122223333:key/backups"
  recovery_region          = "us-west-2"
  recovery_kms_key_arn     = "arn:aws:kms:us-west-2:111122223333:key/backups"
  deleter_role_arns        = ["arn:aws:iam::111122223333:role/break-glass"]
  topic_arn                = "arn:aws:sns:us-east-1:111122223333:alerts"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  lock_changeable_days     = 3
  restore_test = {
    database_arns        = ["arn:aws:rds:us-east-1:111122223333:db:fieldday-production"]
    subnet_group_name    = "fieldday-production"
    security_group_ids   = ["sg-nobody"]
    parameter_group_name = "fieldday-production-postgres18"
    instance_class       = "db.t4g.medium"
  }
  tags = {
    Service     = "backup"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

run "production" {
  assert {
    condition = jsonencode([aws_backup_plan.daily.name, [
      for rule in aws_backup_plan.daily.rule : {
        name       = rule.rule_name
        vault      = rule.target_vault_name
        schedule   = "${rule.schedule} ${rule.schedule_expression_timezone}"
        windows    = [rule.start_window, rule.completion_window]
        days       = rule.lifecycle[*].delete_after
        cold       = rule.lifecycle[*].cold_storage_after
        copies     = { for copy in rule.copy_action : copy.destination_vault_arn => copy.lifecycle[*].delete_after }
        point_tags = rule.recovery_point_tags
      }
      ]]) == jsonencode(["fieldday-production-daily", [
      {
        name       = "daily"
        vault      = aws_backup_vault.this.name
        schedule   = "cron(0 3 * * ? *) UTC"
        windows    = [60, 360]
        days       = [30]
        cold       = [null]
        copies     = { (aws_backup_vault.recovery[0].arn) = [30] }
        point_tags = merge(var.tags, { Name = "fieldday-production-daily" })
      }
    ]])
    error_message = "There is no daily backup that is kept for 30 days, or no copy of it."
  }

  assert {
    condition = jsonencode([
      for one in [aws_backup_selection.named, aws_backup_selection.tagged] : [
        one.name, one.plan_id == aws_backup_plan.daily.id, one.iam_role_arn == aws_iam_role.backup.arn, one.resources,
        { for equal in flatten([for condition in one.condition : [for equal in condition.string_equals : equal]]) : equal.key => equal.value },
      ]
      ]) == jsonencode([
      ["fieldday-production-named", true, true, ["arn:aws:rds:us-east-1:111122223333:db:fieldday-production"], {}],
      ["fieldday-production-tagged", true, true, ["arn:aws:rds:*:*:db:*"], { "aws:ResourceTag/Backup" = "daily", "aws:ResourceTag/Environment" = "production" }],
    ])
    error_message = "The named or the tagged databases are not backed up."
  }

  assert {
    condition = jsonencode([
      for one in [aws_backup_vault.this, aws_backup_vault.recovery[0]] : [one.name, one.kms_key_arn, one.tags]
      ]) == jsonencode([
      ["fieldday-production", "arn:aws:kms:us-east-1:111122223333:key/backups", merge(var.tags, { Name = "fieldday-production" })],
      ["fieldday-production-recovery", "arn:aws:kms:us-west-2:111122223333:key/backups", merge(var.tags, { Name = "fieldday-production-recovery" })],
    ])
    error_message = "A vault is not encrypted with the key of its region."
  }

  assert {
    condition     = jsonencode([aws_backup_vault.recovery[0].region, aws_backup_vault_policy.recovery[0].region, aws_backup_vault_lock_configuration.recovery[0].region]) == jsonencode(["us-west-2", "us-west-2", "us-west-2"])
    error_message = "The second vault is not in the recovery region."
  }

  assert {
    condition = jsonencode([
      for one in [aws_backup_vault_lock_configuration.this, aws_backup_vault_lock_configuration.recovery[0]] : [one.backup_vault_name, one.min_retention_days, one.max_retention_days, one.changeable_for_days]
      ]) == jsonencode([
      ["fieldday-production", 7, 365, 3],
      ["fieldday-production-recovery", 7, 365, 3],
    ])
    error_message = "A vault is not locked."
  }

  assert {
    condition = jsonencode([
      for one in [aws_backup_vault_policy.this, aws_backup_vault_policy.recovery[0]] : [one.backup_vault_name, jsondecode(one.policy)]
      ]) == jsonencode([
      for vault in ["fieldday-production", "fieldday-production-recovery"] : [vault, {
        Version = "2012-10-17"
        Statement = [{
          Sid       = "KeepRecoveryPoints"
          Effect    = "Deny"
          Principal = "*"
          Action = [
            "backup:DeleteBackupVaultLockConfiguration",
            "backup:DeleteRecoveryPoint",
            "backup:DisassociateRecoveryPoint",
            "backup:UpdateRecoveryPointLifecycle",
          ]
          Resource  = "*"
          Condition = { ArnNotLike = { "aws:PrincipalArn" = ["arn:aws:iam::111122223333:role/break-glass"] } }
        }]
      }]
    ])
    error_message = "Others than break-glass may delete backups."
  }

  assert {
    condition = jsonencode([aws_backup_vault_notifications.this.backup_vault_name, aws_backup_vault_notifications.this.sns_topic_arn, aws_backup_vault_notifications.this.backup_vault_events]) == jsonencode(
      ["fieldday-production", "arn:aws:sns:us-east-1:111122223333:alerts", ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED"]]
    )
    error_message = "Nobody hears of a backup, a copy or a restore that ended."
  }
}

run "roles" {
  assert {
    condition = jsonencode([
      for one in [aws_iam_role.backup, aws_iam_role.restore] : [one.name, one.permissions_boundary, jsondecode(one.assume_role_policy), one.tags]
      ]) == jsonencode([
      for role in ["fieldday-production-backup", "fieldday-production-restore"] : [
        role,
        "arn:aws:iam::111122223333:policy/boundary",
        {
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Action    = "sts:AssumeRole"
            Principal = { Service = "backup.amazonaws.com" }
            Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
          }]
        },
        merge(var.tags, { Name = role }),
      ]
    ])
    error_message = "Others than AWS Backup for this account may take a role."
  }

  assert {
    condition = jsonencode([aws_iam_role_policy.backup.role, jsondecode(aws_iam_role_policy.backup.policy)]) == jsonencode(["fieldday-production-backup", {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Look"
          Effect   = "Allow"
          Action   = ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource", "tag:GetResources"]
          Resource = "*"
        },
        {
          Sid      = "TakeAndCopySnapshots"
          Effect   = "Allow"
          Action   = ["rds:AddTagsToResource", "rds:CopyDBSnapshot", "rds:CreateDBSnapshot"]
          Resource = ["arn:aws:rds:*:111122223333:db:*", "arn:aws:rds:*:111122223333:og:*", "arn:aws:rds:*:111122223333:snapshot:awsbackup:*"]
        },
        {
          Sid      = "EndOwnSnapshots"
          Effect   = "Allow"
          Action   = ["rds:DeleteDBSnapshot", "rds:ModifyDBSnapshotAttribute"]
          Resource = "arn:aws:rds:*:111122223333:snapshot:awsbackup:*"
        },
        {
          Sid      = "WriteToTheVaults"
          Effect   = "Allow"
          Action   = ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"]
          Resource = [aws_backup_vault.this.arn, aws_backup_vault.recovery[0].arn]
        },
        {
          Sid      = "NameKeys"
          Effect   = "Allow"
          Action   = "kms:DescribeKey"
          Resource = "arn:aws:kms:*:111122223333:key/*"
        },
        {
          Sid      = "LetRdsUseKeys"
          Effect   = "Allow"
          Action   = "kms:CreateGrant"
          Resource = "arn:aws:kms:*:111122223333:key/*"
          Condition = {
            Bool       = { "kms:GrantIsForAWSResource" = "true" }
            StringLike = { "kms:ViaService" = "rds.*.amazonaws.com" }
          }
        },
      ]
    }])
    error_message = "The backup role may do more or less than take and copy snapshots."
  }

  assert {
    condition = jsonencode([aws_iam_role_policy.restore.role, jsondecode(aws_iam_role_policy.restore.policy)]) == jsonencode(["fieldday-production-restore", {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Look"
          Effect   = "Allow"
          Action   = ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource", "tag:GetResources"]
          Resource = "*"
        },
        {
          Sid      = "Restore"
          Effect   = "Allow"
          Action   = ["rds:AddTagsToResource", "rds:RestoreDBInstanceFromDBSnapshot"]
          Resource = [for kind in ["db", "og", "pg", "secgrp", "snapshot", "subgrp"] : "arn:aws:rds:*:111122223333:${kind}:*"]
        },
        {
          Sid      = "NameKeys"
          Effect   = "Allow"
          Action   = "kms:DescribeKey"
          Resource = "arn:aws:kms:*:111122223333:key/*"
        },
        {
          Sid      = "LetRdsUseKeys"
          Effect   = "Allow"
          Action   = "kms:CreateGrant"
          Resource = "arn:aws:kms:*:111122223333:key/*"
          Condition = {
            Bool       = { "kms:GrantIsForAWSResource" = "true" }
            StringLike = { "kms:ViaService" = "rds.*.amazonaws.com" }
          }
        },
      ]
    }])
    error_message = "The restore role may do more or less than restore to a new database."
  }

  assert {
    condition     = jsonencode([aws_iam_role_policy.backup.name, aws_iam_role_policy.restore.name]) == jsonencode(["back-up-databases", "restore-databases"])
    error_message = "A policy is not named by what it lets do."
  }
}

run "restore_test" {
  assert {
    condition = jsonencode([
      for one in aws_backup_restore_testing_plan.weekly : [
        one.name, one.schedule_expression, one.schedule_expression_timezone, one.start_window_hours, one.tags,
        [for points in one.recovery_point_selection : [points.algorithm, points.include_vaults, points.recovery_point_types, points.selection_window_days]],
      ]
      ]) == jsonencode([[
        "fieldday_production_weekly", "cron(0 6 ? * SUN *)", "UTC", 4, merge(var.tags, { Name = "fieldday-production-weekly" }),
        [["LATEST_WITHIN_WINDOW", [aws_backup_vault.this.arn], ["SNAPSHOT"], 7]],
    ]])
    error_message = "The latest recovery point is not restored every week."
  }

  assert {
    condition = jsonencode([
      for one in aws_backup_restore_testing_selection.databases : [
        one.name, one.restore_testing_plan_name, one.iam_role_arn == aws_iam_role.restore.arn, one.protected_resource_type, one.protected_resource_arns, one.validation_window_hours, one.restore_metadata_overrides,
      ]
      ]) == jsonencode([[
        "databases", "fieldday_production_weekly", true, "RDS", ["arn:aws:rds:us-east-1:111122223333:db:fieldday-production"], 4,
        {
          dbSubnetGroupName    = "fieldday-production"
          dbParameterGroupName = "fieldday-production-postgres18"
          dbInstanceClass      = "db.t4g.medium"
          vpcSecurityGroupIds  = "[\"sg-nobody\"]"
          multiAz              = "false"
          publiclyAccessible   = "false"
        },
    ]])
    error_message = "The restored copy is public, or not in the given group."
  }

  assert {
    condition = jsonencode({
      vault_name       = output.vault_name
      vault_arn        = output.vault_arn
      recovery_vault   = output.recovery_vault_arn
      plan_id          = output.plan_id
      backup_role_arn  = output.backup_role_arn
      restore_role_arn = output.restore_role_arn
      restore_plan     = output.restore_testing_plan_name
      }) == jsonencode({
      vault_name       = "fieldday-production"
      vault_arn        = aws_backup_vault.this.arn
      recovery_vault   = aws_backup_vault.recovery[0].arn
      plan_id          = aws_backup_plan.daily.id
      backup_role_arn  = aws_iam_role.backup.arn
      restore_role_arn = aws_iam_role.restore.arn
      restore_plan     = "fieldday_production_weekly"
    })
    error_message = "An output gives something else than it says."
  }

  assert {
    condition     = jsonencode(aws_backup_plan.daily.tags) == jsonencode(merge(var.tags, { Name = "fieldday-production-daily" }))
    error_message = "The plan lacks the tags or its name."
  }
}

run "development" {
  variables {
    retention_days       = 7
    recovery_region      = null
    recovery_kms_key_arn = null
    restore_test         = null
    deleter_role_arns    = []
    lock_changeable_days = null
    tags = {
      Service     = "backup"
      Environment = "development"
      Owner       = "platform"
      CostCentre  = "platform"
      DataClass   = "transactional"
    }
  }

  assert {
    condition = jsonencode([
      length(aws_backup_vault.recovery), length(aws_backup_vault_policy.recovery), length(aws_backup_vault_lock_configuration.recovery),
      length(aws_backup_restore_testing_plan.weekly), length(aws_backup_restore_testing_selection.databases), output.recovery_vault_arn, output.restore_testing_plan_name,
      [for rule in aws_backup_plan.daily.rule : [length(rule.copy_action), rule.lifecycle[0].delete_after]],
    ]) == jsonencode([0, 0, 0, 0, 0, null, null, [[0, 7]]])
    error_message = "Something is made for a recovery region or a restore test that there is not."
  }

  assert {
    condition = jsonencode([
      contains(keys(jsondecode(aws_backup_vault_policy.this.policy).Statement[0]), "Condition"),
      jsondecode(aws_backup_vault_policy.this.policy).Statement[0].Effect,
      aws_backup_vault_lock_configuration.this.changeable_for_days,
    ]) == jsonencode([false, "Deny", null])
    error_message = "Without a role that may, somebody may delete backups, or the lock is for ever."
  }
}
