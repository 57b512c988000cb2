# What the state's bucket and key promise.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
      key_id = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
    }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { id = "fieldday-terraform-state-111122223333" }
  }
}

variables {
  account_id         = "111122223333"
  operator_role_arns = ["arn:aws:iam::111122223333:role/fieldday-provisioner", "arn:aws:iam::111122223333:role/fieldday-drift"]
}

run "bucket" {
  assert {
    condition     = aws_s3_bucket.state.bucket == "fieldday-terraform-state-111122223333" && !aws_s3_bucket.state.force_destroy
    error_message = "The bucket is not the one that the roots name, or a destroy would take its states along."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.bucket == aws_s3_bucket.state.id && aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "No earlier version of a state would be kept."
  }

  assert {
    condition = aws_s3_bucket_server_side_encryption_configuration.state.bucket == aws_s3_bucket.state.id && alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.bucket_key_enabled &&
      rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" &&
      rule.apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.state.arn
    ]) && length(aws_s3_bucket_server_side_encryption_configuration.state.rule) == 1
    error_message = "States are not encrypted with their own key."
  }

  assert {
    condition = [
      aws_s3_bucket_public_access_block.state.bucket,
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ] == [aws_s3_bucket.state.id, true, true, true, true]
    error_message = "The bucket could become public."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.state.bucket == aws_s3_bucket.state.id && aws_s3_bucket_ownership_controls.state.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Access lists would count."
  }

  assert {
    condition     = aws_s3_bucket.state.tags == tomap({ Service = "terraform-state", Environment = "shared", Owner = "platform", CostCentre = "platform", DataClass = "restricted", Name = "fieldday-terraform-state-111122223333" })
    error_message = "The bucket lacks its tags."
  }
}

run "how_long_things_are_kept" {
  assert {
    condition = aws_s3_bucket_lifecycle_configuration.state.bucket == aws_s3_bucket.state.id && jsonencode([
      for rule in aws_s3_bucket_lifecycle_configuration.state.rule : [
        rule.id,
        rule.status,
        rule.filter[0].prefix == "plans/",
        try(rule.expiration[0].days, 0),
        rule.noncurrent_version_expiration[0].noncurrent_days,
        rule.noncurrent_version_expiration[0].newer_noncurrent_versions,
        try(rule.abort_incomplete_multipart_upload[0].days_after_initiation, 0),
      ]
      ]) == jsonencode([
      ["earlier-versions", "Enabled", false, 0, 365, 10, 7],
      ["plans", "Enabled", true, 2, 1, null, 0],
    ])
    error_message = "Earlier versions are kept too short, or for ever, or plans too long."
  }
}

run "bucket_policy" {
  assert {
    condition = aws_s3_bucket_policy.state.bucket == aws_s3_bucket.state.id && jsondecode(aws_s3_bucket_policy.state.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "TlsOnly"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = ["arn:aws:s3:::fieldday-terraform-state-111122223333", "arn:aws:s3:::fieldday-terraform-state-111122223333/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "OtherEncryption"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = "arn:aws:s3:::fieldday-terraform-state-111122223333/*"
          Condition = { StringNotEqualsIfExists = { "s3:x-amz-server-side-encryption" = "aws:kms" } }
        },
        {
          Sid       = "OtherKey"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = "arn:aws:s3:::fieldday-terraform-state-111122223333/*"
          Condition = {
            StringNotEqualsIfExists = {
              "s3:x-amz-server-side-encryption-aws-kms-key-id" = [
                "alias/fieldday-terraform-state",
                "arn:aws:kms:us-east-1:111122223333:alias/fieldday-terraform-state",
                "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
              ]
            }
          }
        },
        {
          Sid       = "StatesStay"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:DeleteBucket", "s3:DeleteObjectVersion"]
          Resource  = ["arn:aws:s3:::fieldday-terraform-state-111122223333", "arn:aws:s3:::fieldday-terraform-state-111122223333/*"]
        },
      ]
    }
    error_message = "The bucket's policy no longer refuses what it must."
  }
}

run "key" {
  assert {
    condition = [
      aws_kms_key.state.enable_key_rotation,
      aws_kms_key.state.rotation_period_in_days,
      aws_kms_key.state.deletion_window_in_days,
      aws_kms_key.state.description,
    ] == [true, 365, 30, "Terraform's states in fieldday-terraform-state-111122223333"]
    error_message = "The key is not rotated, or is gone too soon after a mistake."
  }

  assert {
    condition = jsondecode(aws_kms_key.state.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "Administrators"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::111122223333:root" }
          Action    = "kms:*"
          Resource  = "*"
        },
        {
          Sid       = "Operators"
          Effect    = "Allow"
          Principal = { AWS = ["arn:aws:iam::111122223333:role/fieldday-drift", "arn:aws:iam::111122223333:role/fieldday-provisioner"] }
          Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
          Resource  = "*"
          Condition = { StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" } }
        },
      ]
    }
    error_message = "The key's policy permits more or less than administrators and operators need."
  }

  assert {
    condition     = aws_kms_alias.state.name == "alias/fieldday-terraform-state" && aws_kms_alias.state.target_key_id == aws_kms_key.state.key_id
    error_message = "The alias that the roots name is another."
  }

  assert {
    condition     = aws_kms_key.state.tags == tomap({ Service = "terraform-state", Environment = "shared", Owner = "platform", CostCentre = "platform", DataClass = "restricted", Name = "fieldday-terraform-state" })
    error_message = "The key lacks its tags."
  }
}

run "backend" {
  assert {
    condition = output.backend == {
      bucket       = "fieldday-terraform-state-111122223333"
      region       = "us-east-1"
      encrypt      = true
      kms_key_id   = "alias/fieldday-terraform-state"
      use_lockfile = true
    } && output.kms_key_arn == aws_kms_key.state.arn
    error_message = "The backend that the roots name is another."
  }
}
