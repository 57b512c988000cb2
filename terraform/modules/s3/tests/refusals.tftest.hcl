# What the module refuses.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
}

variables {
  name                        = "fieldday-production"
  kms_key_arn                 = "arn:aws:kms:us-east-1:111122223333:key/data"
  assets_kms_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/assets"
  recovery_region             = "us-west-2"
  recovery_kms_key_arn        = "arn:aws:kms:us-west-2:111122223333:key/data"
  recovery_assets_kms_key_arn = "arn:aws:kms:us-west-2:111122223333:key/assets"
  aliases                     = ["static.fieldday.example"]
  certificate_arn             = "arn:aws:acm:us-east-1:111122223333:certificate/static"
  web_acl_arn                 = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/static/1"
  tags = {
    Service     = "files"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

# Each value is wrong in its own way, and each has to be refused.
run "refuses_wrong_values" {
  command = plan

  variables {
    name                    = "FieldDay"
    kms_key_arn             = "alias/data"
    assets_kms_key_arn      = "alias/assets"
    recovery_region         = "west"
    noncurrent_version_days = 0
    backup_retention_days   = 0
    backup_lock_mode        = "NONE"
    backup_lock_days        = 0
    log_retention_days      = 89
    upload_origins          = ["*"]
    aliases                 = ["https://static.fieldday.example/"]
    certificate_arn         = "arn:aws:acm:us-west-2:111122223333:certificate/static"
    web_acl_arn             = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/api/1"
    price_class             = "PriceClass_1"
    tags                    = { Environment = "production" }
  }

  expect_failures = [
    var.name, var.kms_key_arn, var.assets_kms_key_arn, var.recovery_region, var.noncurrent_version_days,
    var.backup_retention_days, var.backup_lock_mode, var.backup_lock_days, var.log_retention_days, var.upload_origins,
    var.aliases, var.certificate_arn, var.web_acl_arn, var.price_class, var.tags,
  ]
}

run "refuses_production_that_destroy_empties" {
  command = plan

  variables {
    force_destroy = true
  }

  expect_failures = [aws_s3_bucket.this]
}

run "refuses_production_without_second_region" {
  command = plan

  variables {
    recovery_region = null
  }

  expect_failures = [aws_s3_bucket.this]
}

run "refuses_copies_in_the_same_region" {
  command = plan

  variables {
    recovery_region             = "us-east-1"
    recovery_kms_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/data"
    recovery_assets_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/assets"
  }

  expect_failures = [aws_s3_bucket.this]
}

run "refuses_a_key_of_another_region" {
  command = plan

  variables {
    recovery_assets_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/assets"
  }

  expect_failures = [aws_s3_bucket.this]
}

run "refuses_copies_without_a_key" {
  command = plan

  variables {
    recovery_kms_key_arn = null
  }

  expect_failures = [aws_s3_bucket.this]
}

run "refuses_a_lock_that_outlasts_the_retention" {
  command = plan

  variables {
    backup_lock_days = 31
  }

  expect_failures = [aws_s3_bucket_object_lock_configuration.this]
}

run "refuses_aliases_without_certificate" {
  command = plan

  variables {
    certificate_arn = null
  }

  expect_failures = [aws_cloudfront_distribution.assets]
}

run "refuses_production_without_alias" {
  command = plan

  variables {
    aliases = []
  }

  expect_failures = [aws_cloudfront_distribution.assets]
}

run "refuses_production_without_firewall" {
  command = plan

  variables {
    web_acl_arn = null
  }

  expect_failures = [aws_cloudfront_distribution.assets]
}
