# Snapshots and WAL, so that the recovery region can restore to any point in time too.
resource "aws_db_instance_automated_backups_replication" "this" {
  count = var.recovery_region == null ? 0 : 1

  region                 = var.recovery_region
  source_db_instance_arn = aws_db_instance.primary.arn
  kms_key_id             = var.recovery_kms_key_arn
  retention_period       = var.backup_retention_days

  lifecycle {
    precondition {
      condition     = can(regex("^arn:[a-z-]+:kms:${var.recovery_region}:", var.recovery_kms_key_arn))
      error_message = "recovery_kms_key_arn: '${coalesce(var.recovery_kms_key_arn, "null")}' is not a key in ${var.recovery_region}. Copies of encrypted backups need a key of their own region."
    }

    precondition {
      condition     = var.recovery_region != data.aws_region.current.region
      error_message = "recovery_region: ${var.recovery_region} is where the database is. Name another."
    }
  }
}
