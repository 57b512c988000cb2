locals {
  # IAM authentication requires that a user's id and name are the same, and ids are unique in an account.
  user_names = { for user in keys(var.users) : user => "${var.name}-${user}" }

  # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
  connect_policies = {
    for user in keys(var.users) : user => {
      Version = "2012-10-17"
      Statement = [{
        Effect = "Allow"
        Action = "elasticache:Connect"
        Resource = [
          "${local.arn_prefix}:replicationgroup:${var.name}",
          "${local.arn_prefix}:user:${local.user_names[user]}",
        ]
      }]
    }
  }

  arn_prefix = "arn:${data.aws_partition.current.partition}:elasticache:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"
}

resource "aws_elasticache_user" "this" {
  for_each = var.users

  user_id       = local.user_names[each.key]
  user_name     = local.user_names[each.key]
  engine        = var.engine
  access_string = each.value

  authentication_mode {
    type = "iam"
  }

  tags = merge(var.tags, { Name = local.user_names[each.key] })
}

# Redis requires a user named default in every group; this one can do nothing.
resource "aws_elasticache_user" "default" {
  count = var.engine == "redis" ? 1 : 0

  user_id       = "${var.name}-default"
  user_name     = "default"
  engine        = var.engine
  access_string = "off -@all"

  authentication_mode {
    type = "no-password-required"
  }

  tags = merge(var.tags, { Name = "${var.name}-default" })
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = var.name
  engine        = var.engine
  user_ids      = concat([for user in aws_elasticache_user.this : user.user_id], aws_elasticache_user.default[*].user_id)

  tags = merge(var.tags, { Name = var.name })
}
