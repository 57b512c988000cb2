locals {
  family = "${var.engine}${split(".", var.engine_version)[0]}"

  parameters = merge(
    {
      "maxmemory-policy"        = var.eviction_policy
      "slowlog-log-slower-than" = "10000"
    },
    var.parameters,
  )
}

resource "aws_elasticache_parameter_group" "this" {
  # The family is in the name, so that the next major version's group can exist beside this one.
  name        = "${var.name}-${local.family}"
  family      = local.family
  description = "Eviction and slow log of ${var.name}"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${local.family}" })

  lifecycle {
    create_before_destroy = true
  }
}
