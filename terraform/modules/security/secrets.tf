locals {
  secret_names = { for service in var.services : service => "fieldday/${local.environment}/${service}" }
  secrets_arn  = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:fieldday/${local.environment}/*"

  secrets_reader_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = local.secrets_arn
      },
      {
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = aws_kms_key.this["secrets"].arn
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
      },
    ]
  }

  rotation_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ]
        Resource = local.secrets_arn
      },
      {
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.this["secrets"].arn
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
      },
    ]
  }
}

# A person or the rotation sets the value, so that no state holds it.
resource "aws_secretsmanager_secret" "service" {
  #checkov:skip=CKV2_AWS_57:Rotation is its own resource (rotation.tf), where a function for it is given; production refuses to be without
  for_each = local.secret_names

  name                    = each.value
  description             = "Settings of ${each.key} that nobody else may know"
  kms_key_id              = aws_kms_key.this["secrets"].arn
  recovery_window_in_days = 30

  dynamic "replica" {
    for_each = { for class, key in aws_kms_key.recovery : class => key if class == "secrets" }

    content {
      region     = var.recovery_region
      kms_key_id = replica.value.arn
    }
  }

  tags = merge(var.tags, { Name = each.value, Service = each.key })

  lifecycle {
    precondition {
      condition     = !local.production || var.rotation != null
      error_message = "rotation: null in production. A leaked secret would never expire: set the function that rotates it."
    }
  }
}
