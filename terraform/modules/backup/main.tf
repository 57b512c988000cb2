data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  production = var.tags["Environment"] == "production"
}

resource "aws_backup_plan" "daily" {
  name = "${var.name}-daily"

  rule {
    rule_name                    = "daily"
    target_vault_name            = aws_backup_vault.this.name
    schedule                     = var.schedule
    schedule_expression_timezone = "UTC"
    start_window                 = 60
    completion_window            = 360
    recovery_point_tags          = merge(var.tags, { Name = "${var.name}-daily" })

    lifecycle {
      delete_after = var.retention_days
    }

    dynamic "copy_action" {
      for_each = aws_backup_vault.recovery

      content {
        destination_vault_arn = copy_action.value.arn

        lifecycle {
          delete_after = var.retention_days
        }
      }
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-daily" })

  lifecycle {
    precondition {
      condition     = !local.production || var.recovery_region != null
      error_message = "recovery_region: null in production. Backups would be lost with the region: name a second one."
    }

    precondition {
      condition     = !local.production || var.retention_days >= 30
      error_message = "retention_days: ${var.retention_days} in production. Backups are promised for 30 days: keep at least 30."
    }

    precondition {
      condition     = var.recovery_region != data.aws_region.current.region
      error_message = "recovery_region: ${coalesce(var.recovery_region, "null")} is where the vault is. Name another."
    }
  }
}

resource "aws_backup_selection" "named" {
  name         = "${var.name}-named"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = var.resource_arns
}

# An unlisted database is backed up too, if it has the tags.
resource "aws_backup_selection" "tagged" {
  name         = "${var.name}-tagged"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = ["arn:${local.partition}:rds:*:*:db:*"]

  condition {
    string_equals {
      key   = "aws:ResourceTag/Backup"
      value = "daily"
    }

    string_equals {
      key   = "aws:ResourceTag/Environment"
      value = var.tags["Environment"]
    }
  }
}
