output "endpoint_id" {
  description = "The endpoint: aws ec2 export-client-vpn-client-configuration --client-vpn-endpoint-id <it>."
  value       = aws_ec2_client_vpn_endpoint.this.id
}

output "dns_name" {
  description = "Name under which clients connect."
  value       = aws_ec2_client_vpn_endpoint.this.dns_name
}

output "portal_url" {
  description = "Where users fetch the client and its configuration, with single sign-on."
  value       = aws_ec2_client_vpn_endpoint.this.self_service_portal_url
}

output "security_group_id" {
  description = "Security group of the clients, to which the API server permits access."
  value       = aws_security_group.this.id
}

output "log_group" {
  description = "Where connections are logged."
  value       = aws_cloudwatch_log_group.this.name
}
