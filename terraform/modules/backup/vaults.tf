locals {
  # Whoever compromises an account deletes its backups first. Expiry is not a deletion in this sense.
  vault_policy = {
    Version = "2012-10-17"
    Statement = [merge(
      {
        Sid       = "KeepRecoveryPoints"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "backup:DeleteBackupVaultLockConfiguration",
          "backup:DeleteRecoveryPoint",
          "backup:DisassociateRecoveryPoint",
          "backup:UpdateRecoveryPointLifecycle",
        ]
        Resource = "*"
      },
      { for key in ["Condition"] : key => { ArnNotLike = { "aws:PrincipalArn" = var.deleter_role_arns } } if length(var.deleter_role_arns) > 0 },
    )]
  }
}

resource "aws_backup_vault" "this" {
  name        = var.name
  kms_key_arn = var.kms_key_arn

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_backup_vault_policy" "this" {
  backup_vault_name = aws_backup_vault.this.name
  policy            = jsonencode(local.vault_policy)
}

resource "aws_backup_vault_lock_configuration" "this" {
  backup_vault_name   = aws_backup_vault.this.name
  min_retention_days  = 7
  max_retention_days  = 365
  changeable_for_days = var.lock_changeable_days
}

resource "aws_backup_vault_notifications" "this" {
  backup_vault_name   = aws_backup_vault.this.name
  sns_topic_arn       = var.topic_arn
  backup_vault_events = ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED"]
}

resource "aws_backup_vault" "recovery" {
  count = var.recovery_region == null ? 0 : 1

  region      = var.recovery_region
  name        = "${var.name}-recovery"
  kms_key_arn = var.recovery_kms_key_arn

  tags = merge(var.tags, { Name = "${var.name}-recovery" })

  lifecycle {
    precondition {
      condition     = can(regex("^arn:[a-z-]+:kms:${var.recovery_region}:", var.recovery_kms_key_arn))
      error_message = "recovery_kms_key_arn: '${coalesce(var.recovery_kms_key_arn, "null")}' is not a key in ${var.recovery_region}. Copies need a key of their own region."
    }
  }
}

resource "aws_backup_vault_policy" "recovery" {
  count = var.recovery_region == null ? 0 : 1

  region            = var.recovery_region
  backup_vault_name = aws_backup_vault.recovery[0].name
  policy            = jsonencode(local.vault_policy)
}

resource "aws_backup_vault_lock_configuration" "recovery" {
  count = var.recovery_region == null ? 0 : 1

  region              = var.recovery_region
  backup_vault_name   = aws_backup_vault.recovery[0].name
  min_retention_days  = 7
  max_retention_days  = 365
  changeable_for_days = var.lock_changeable_days
}
