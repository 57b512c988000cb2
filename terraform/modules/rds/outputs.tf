output "instance_id" {
  description = "The primary's identifier, the dimension DBInstanceIdentifier of its metrics."
  value       = aws_db_instance.primary.identifier
}

output "instance_arn" {
  description = "The primary's ARN, for AWS Backup."
  value       = aws_db_instance.primary.arn
}

output "resource_id" {
  description = "The id that stays when the instance is renamed; IAM sign-in names it."
  value       = aws_db_instance.primary.resource_id
}

output "address" {
  description = "The primary's host name; it stays the same across a failover."
  value       = aws_db_instance.primary.address
}

output "port" {
  description = "The port of the primary and its replicas."
  value       = aws_db_instance.primary.port
}

output "database_name" {
  description = "The database created with the instance."
  value       = aws_db_instance.primary.db_name
}

output "replica_addresses" {
  description = "The read replicas' host names by name."
  value       = { for name, replica in aws_db_instance.replica : name => replica.address }
}

output "replica_ids" {
  description = "The read replicas' identifiers by name."
  value       = { for name, replica in aws_db_instance.replica : name => replica.identifier }
}

output "security_group_id" {
  description = "The database's security group."
  value       = aws_security_group.this.id
}

output "subnet_group_name" {
  description = "The subnet group; a restore test goes into it too."
  value       = aws_db_subnet_group.this.name
}

output "parameter_group_name" {
  description = "The parameter group; a restored instance needs it."
  value       = aws_db_parameter_group.this.name
}

output "master_user_secret_arn" {
  description = "The secret with the administrator's password, which RDS generates and rotates."
  value       = one(aws_db_instance.primary.master_user_secret[*].secret_arn)
}

output "connect_policies" {
  description = "By IAM user of the database: the policy, as JSON, that lets a role sign in as that user and no other."
  value       = { for user, policy in local.connect_policies : user => jsonencode(policy) }
}

output "allocated_storage_gib" {
  description = "Storage in GiB, on which the alarm for free space is based; after growth, the next apply updates it."
  value       = aws_db_instance.primary.allocated_storage
}

output "log_group_names" {
  description = "Log groups of PostgreSQL by kind of log."
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.name }
}
