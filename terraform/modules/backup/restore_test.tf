# AWS Backup restores the latest recovery point, measures how long that takes, and removes the copy.
# Names have no hyphen: the service refuses it.
resource "aws_backup_restore_testing_plan" "weekly" {
  count = var.restore_test == null ? 0 : 1

  name                         = "${replace(var.name, "-", "_")}_weekly"
  schedule_expression          = var.restore_test_schedule
  schedule_expression_timezone = "UTC"
  start_window_hours           = 4

  recovery_point_selection {
    algorithm             = "LATEST_WITHIN_WINDOW"
    include_vaults        = [aws_backup_vault.this.arn]
    recovery_point_types  = ["SNAPSHOT"]
    selection_window_days = 7
  }

  tags = merge(var.tags, { Name = "${var.name}-weekly" })
}

resource "aws_backup_restore_testing_selection" "databases" {
  count = var.restore_test == null ? 0 : 1

  name                      = "databases"
  restore_testing_plan_name = aws_backup_restore_testing_plan.weekly[0].name
  iam_role_arn              = aws_iam_role.restore.arn
  protected_resource_type   = "RDS"
  protected_resource_arns   = var.restore_test.database_arns
  validation_window_hours   = 4

  # https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
  restore_metadata_overrides = {
    dbSubnetGroupName    = var.restore_test.subnet_group_name
    dbParameterGroupName = var.restore_test.parameter_group_name
    dbInstanceClass      = var.restore_test.instance_class
    vpcSecurityGroupIds  = jsonencode(var.restore_test.security_group_ids)
    multiAz              = "false"
    publiclyAccessible   = "false"
  }
}
