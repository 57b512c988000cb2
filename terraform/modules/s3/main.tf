data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  production = var.tags["Environment"] == "production"

  # What each bucket is for. Load balancers and S3 itself can't write logs with a customer's key.
  purposes = {
    assets  = { key = var.assets_kms_key_arn, recovery_key = var.recovery_assets_kms_key_arn, data_class = "public", replicated = true, locked = false }
    backups = { key = var.kms_key_arn, recovery_key = var.recovery_kms_key_arn, data_class = var.tags["DataClass"], replicated = true, locked = true }
    logs    = { key = null, recovery_key = null, data_class = "internal", replicated = false, locked = false }
    reports = { key = var.kms_key_arn, recovery_key = var.recovery_kms_key_arn, data_class = "internal", replicated = true, locked = false }
    uploads = { key = var.kms_key_arn, recovery_key = var.recovery_kms_key_arn, data_class = var.tags["DataClass"], replicated = true, locked = false }
  }

  originals = {
    for purpose, one in local.purposes : purpose => {
      purpose = purpose, region = data.aws_region.current.region, key = one.key, data_class = one.data_class, locked = one.locked
    }
  }

  # A copy in the recovery region is protected like its original.
  copies = var.recovery_region == null ? {} : {
    for purpose, one in local.purposes : "${purpose}-recovery" => {
      purpose = purpose, region = var.recovery_region, key = one.recovery_key, data_class = one.data_class, locked = one.locked
    } if one.replicated
  }

  buckets = merge(local.originals, local.copies)
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV2_AWS_62:Nothing acts on new objects; CloudTrail records who wrote them
  #checkov:skip=CKV_AWS_144:Copies are not copied on, and access logs are of no use after the region is lost
  #checkov:skip=CKV_AWS_18:The bucket of the access logs would log its own logging; logs of another region can't be written here
  #checkov:skip=CKV_AWS_145:S3 and load balancers can write logs with S3's own key alone; every other bucket has a customer's key
  for_each = local.buckets

  region              = each.value.region
  bucket              = "${var.name}-${each.key}-${local.account}"
  force_destroy       = var.force_destroy
  object_lock_enabled = each.value.locked

  tags = merge(var.tags, { Name = "${var.name}-${each.key}-${local.account}", DataClass = each.value.data_class })

  lifecycle {
    precondition {
      condition     = !local.production || !var.force_destroy
      error_message = "force_destroy: true in production. A destroy would delete users' files: set it to false."
    }

    precondition {
      condition     = !local.production || var.recovery_region != null
      error_message = "recovery_region: null in production. Files would be lost with the region: name a second one."
    }

    precondition {
      condition     = var.recovery_region != data.aws_region.current.region
      error_message = "recovery_region: ${coalesce(var.recovery_region, "null")} is where the buckets are. Name another."
    }

    precondition {
      condition     = each.value.key == null || can(regex("^arn:[a-z-]+:kms:${each.value.region}:", each.value.key))
      error_message = "kms_key_arn: '${coalesce(each.value.key, "null")}' is not a key in ${each.value.region}, where the bucket ${each.key} is. Use a key of that region."
    }

    precondition {
      condition     = var.recovery_region == null || (var.recovery_kms_key_arn != null && var.recovery_assets_kms_key_arn != null)
      error_message = "recovery_kms_key_arn or recovery_assets_kms_key_arn: null with recovery_region ${coalesce(var.recovery_region, "null")}. Copies need keys of their own region: use both."
    }
  }
}
