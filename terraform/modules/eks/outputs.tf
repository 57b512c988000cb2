output "cluster_name" {
  description = "The cluster's name: aws eks update-kubeconfig --name <it>."
  value       = aws_eks_cluster.this.name
}

output "cluster_arn" {
  description = "The cluster's ARN."
  value       = aws_eks_cluster.this.arn
}

output "cluster_endpoint" {
  description = "URL of the API server."
  value       = aws_eks_cluster.this.endpoint
}

output "cluster_ca" {
  description = "Certificate authority of the API server, base64 of PEM."
  value       = one(aws_eks_cluster.this.certificate_authority[*].data)
}

output "node_security_group_id" {
  description = "Security group of nodes and pods, to which databases permit access."
  value       = local.node_security_group_id
}

output "node_group_names" {
  description = "Names of the node groups in AWS, by their name here."
  value       = { for name, group in aws_eks_node_group.this : name => group.node_group_name }
}

output "autoscaling_group_names" {
  description = "Autoscaling groups of the node groups, by their name here."
  value       = { for name, group in aws_eks_node_group.this : name => one(flatten(group.resources[*].autoscaling_groups)[*].name) }
}

output "oidc_provider_arn" {
  description = "Identity provider of the cluster's service accounts in IAM."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "service_role_arns" {
  description = "Role of each service's pods: serviceAccount.roleArn of its chart."
  value       = { for name, role in aws_iam_role.service : name => role.arn }
}

output "controller_role_arns" {
  description = "Roles of the controllers, which have them by Pod Identity."
  value       = { for name, role in aws_iam_role.controller : name => role.arn }
}

output "repository_urls" {
  description = "Where images are pushed and pulled, by repository."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "log_group" {
  description = "Name of the control plane's log group."
  value       = aws_cloudwatch_log_group.cluster.name
}
