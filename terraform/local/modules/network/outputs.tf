output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Where services run, one subnet per zone."
  value       = [for zone in var.zones : aws_subnet.this["private-${zone}"].id]
}

output "database_subnet_ids" {
  description = "Where databases run, one subnet per zone."
  value       = [for zone in var.zones : aws_subnet.this["database-${zone}"].id]
}
