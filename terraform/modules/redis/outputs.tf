output "replication_group_id" {
  description = "The replication group's id."
  value       = aws_elasticache_replication_group.this.id
}

output "arn" {
  description = "The replication group's ARN."
  value       = aws_elasticache_replication_group.this.arn
}

output "primary_endpoint" {
  description = "Host name of the primary; it stays the same across a failover."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "reader_endpoint" {
  description = "Host name that spreads reads over the replicas."
  value       = aws_elasticache_replication_group.this.reader_endpoint_address
}

output "port" {
  description = "The port of every node."
  value       = aws_elasticache_replication_group.this.port
}

output "node_ids" {
  description = "Ids of the nodes, the dimension CacheClusterId of their metrics."
  value       = local.node_ids
}

output "security_group_id" {
  description = "The cache's security group."
  value       = aws_security_group.this.id
}

output "subnet_group_name" {
  description = "The subnet group; a restored cache needs it."
  value       = aws_elasticache_subnet_group.this.name
}

output "parameter_group_name" {
  description = "The parameter group; a restored cache needs it."
  value       = aws_elasticache_parameter_group.this.name
}

output "user_group_id" {
  description = "The group of the users that may sign in."
  value       = aws_elasticache_user_group.this.user_group_id
}

output "connect_policies" {
  description = "By user: the policy, as JSON, that lets a role sign in as that user and no other."
  value       = { for user, policy in local.connect_policies : user => jsonencode(policy) }
}

output "log_group_names" {
  description = "Log groups by kind of log."
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.name }
}
