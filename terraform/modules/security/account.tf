# What exists once per account.
resource "aws_iam_account_password_policy" "this" {
  count = local.baseline

  minimum_password_length        = 16
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 24
}

resource "aws_ebs_encryption_by_default" "this" {
  count = local.baseline

  enabled = true
}

resource "aws_s3_account_public_access_block" "this" {
  count = local.baseline

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_accessanalyzer_analyzer" "this" {
  for_each = toset(var.account_baseline ? local.regions : [])

  region        = each.key
  analyzer_name = var.name
  type          = "ACCOUNT"

  tags = merge(var.tags, { Name = var.name })
}
