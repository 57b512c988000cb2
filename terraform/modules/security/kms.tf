locals {
  classes = {
    assets     = "Static assets, which everybody may read"
    backups    = "Backup vaults"
    data       = "Databases, caches and users' files"
    kubernetes = "Secrets of the cluster and disks of its nodes"
    logs       = "Logs, the audit trail and alerts"
    secrets    = "Secrets of the services"
  }
}

resource "aws_kms_key" "this" {
  for_each = local.classes

  description             = "${each.value} of ${var.name}"
  policy                  = jsonencode(local.key_policies[local.region][each.key])
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_kms_alias" "this" {
  for_each = local.classes

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}

# Separate keys, not replicas: whoever compromises or deletes one region's keys has not the other's.
resource "aws_kms_key" "recovery" {
  for_each = var.recovery_region == null ? {} : local.classes

  region                  = var.recovery_region
  description             = "${each.value} of ${var.name}, in the recovery region"
  policy                  = jsonencode(local.key_policies[var.recovery_region][each.key])
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = 30

  tags = merge(var.tags, { Name = "${var.name}-${each.key}-recovery" })

  lifecycle {
    precondition {
      condition     = var.recovery_region != local.region
      error_message = "recovery_region: ${var.recovery_region} is where everything is. Name another."
    }
  }
}

resource "aws_kms_alias" "recovery" {
  for_each = aws_kms_key.recovery

  region        = var.recovery_region
  name          = "alias/${var.name}-${each.key}"
  target_key_id = each.value.key_id
}
