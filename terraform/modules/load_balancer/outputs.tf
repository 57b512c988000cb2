output "alb_arn" {
  description = "The application load balancer."
  value       = aws_lb.application.arn
}

output "alb_arn_suffix" {
  description = "The application load balancer in CloudWatch (dimension LoadBalancer)."
  value       = aws_lb.application.arn_suffix
}

output "dns_name" {
  description = "Name of the application load balancer, to which the hosts' alias records point."
  value       = aws_lb.application.dns_name
}

output "zone_id" {
  description = "Route 53 zone of that name, for alias records."
  value       = aws_lb.application.zone_id
}

output "security_group_id" {
  description = "Security group of the application load balancer, to which pods permit access."
  value       = aws_security_group.application.id
}

output "security_group_name" {
  description = "Its name, for the Ingresses' annotation alb.ingress.kubernetes.io/security-groups."
  value       = aws_security_group.application.name
}

output "target_group_arns" {
  description = "Target group by service, for its TargetGroupBinding."
  value       = { for name, group in aws_lb_target_group.service : name => group.arn }
}

output "target_group_arn_suffixes" {
  description = "The target groups in CloudWatch (dimension TargetGroup), by service."
  value       = { for name, group in aws_lb_target_group.service : name => group.arn_suffix }
}

output "fixed_addresses" {
  description = "Addresses that never change, for partners' allow-lists; empty without fixed_addresses or where internal."
  value       = [for address in aws_eip.network : address.public_ip]
}

output "fixed_dns_name" {
  description = "Name of the network load balancer; null without fixed_addresses."
  value       = one(aws_lb.network[*].dns_name)
}
