# Capacity that is paid for in advance. AWS takes none of it back.
locals {
  reserved_seconds = var.reserved.years * 365 * 24 * 3600
}

data "aws_rds_reserved_instance_offering" "database" {
  count = var.reserved.database_instances > 0 ? 1 : 0

  db_instance_class   = var.database.instance_class
  duration            = local.reserved_seconds
  multi_az            = var.database.multi_az
  offering_type       = var.reserved.payment
  product_description = "postgresql"
}

resource "aws_rds_reserved_instance" "database" {
  count = var.reserved.database_instances > 0 ? 1 : 0

  offering_id    = data.aws_rds_reserved_instance_offering.database[0].offering_id
  instance_count = var.reserved.database_instances
  reservation_id = "${local.name}-${var.reserved.years}-years"

  tags = merge(local.tags.database, { Name = "${local.name}-${var.reserved.years}-years" })
}

data "aws_elasticache_reserved_cache_node_offering" "cache" {
  count = var.reserved.cache_nodes > 0 ? 1 : 0

  cache_node_type     = var.cache.node_type
  duration            = "P${var.reserved.years}Y"
  offering_type       = var.reserved.payment
  product_description = "valkey"
}

resource "aws_elasticache_reserved_cache_node" "cache" {
  count = var.reserved.cache_nodes > 0 ? 1 : 0

  reserved_cache_nodes_offering_id = data.aws_elasticache_reserved_cache_node_offering.cache[0].offering_id
  cache_node_count                 = var.reserved.cache_nodes
  id                               = "${local.name}-${var.reserved.years}-years"

  tags = merge(local.tags.cache, { Name = "${local.name}-${var.reserved.years}-years" })
}

data "aws_savingsplans_offerings" "compute" {
  count = var.reserved.compute_dollars_per_hour > 0 ? 1 : 0

  plan_types      = ["Compute"]
  durations       = [local.reserved_seconds]
  payment_options = [var.reserved.payment]
  currencies      = ["USD"]
}

resource "aws_savingsplans_savings_plan" "compute" {
  count = var.reserved.compute_dollars_per_hour > 0 ? 1 : 0

  savings_plan_offering_id = data.aws_savingsplans_offerings.compute[0].offerings[0].offering_id
  commitment               = tostring(var.reserved.compute_dollars_per_hour)

  tags = merge(local.tags.kubernetes, { Name = "${local.name}-${var.reserved.years}-years" })
}
