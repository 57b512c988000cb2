resource "aws_lambda_permission" "rotation" {
  count = var.rotation == null ? 0 : 1

  statement_id   = "secrets-manager-rotates"
  action         = "lambda:InvokeFunction"
  function_name  = var.rotation.function_arn
  principal      = "secretsmanager.amazonaws.com"
  source_account = local.account
}

resource "aws_secretsmanager_secret_rotation" "service" {
  #checkov:skip=CKV_AWS_304:The number of days is a variable, which is refused above 90
  for_each = var.rotation == null ? {} : local.secret_names

  secret_id           = aws_secretsmanager_secret.service[each.key].id
  rotation_lambda_arn = var.rotation.function_arn
  rotate_immediately  = false

  rotation_rules {
    automatically_after_days = var.rotation.days
  }

  depends_on = [aws_lambda_permission.rotation]
}
