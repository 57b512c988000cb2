output "vpc_id" {
  description = "The network's id."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "The network's addresses."
  value       = aws_vpc.this.cidr_block
}

output "edge_cidr" {
  description = "What holds all public subnets: networkPolicy.edgeCidr of the charts."
  value       = local.edge_cidr
}

output "public_subnet_ids" {
  description = "One public subnet a zone, in the zones' order."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "One private subnet a zone, in the zones' order."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "database_subnet_ids" {
  description = "One database subnet a zone, in the zones' order."
  value       = [for zone in var.zones : aws_subnet.database[zone].id]
}

output "closed_security_group_id" {
  description = "The network's default security group, which has no rules: for what must not be reachable."
  value       = aws_default_security_group.this.id
}

output "private_cidrs" {
  description = "Addresses of the private subnets, in the zones' order."
  value       = [for zone in var.zones : aws_subnet.private[zone].cidr_block]
}

output "nat_addresses" {
  description = "Public addresses from which this network calls the internet, by zone: what a partner puts into an allow-list."
  value       = { for zone, eip in aws_eip.nat : zone => eip.public_ip }
}

output "flow_log_group" {
  description = "Name of the flow log's group."
  value       = aws_cloudwatch_log_group.flow.name
}
