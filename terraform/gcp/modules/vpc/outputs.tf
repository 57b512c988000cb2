output "network_id" {
  description = "The network's id, as other modules take it."
  value       = google_compute_network.this.id
}

output "network_name" {
  description = "The network's name."
  value       = google_compute_network.this.name
}

output "subnet_ids" {
  description = "The subnets' ids by name: nodes, functions, bastion."
  value       = { for key, subnet in google_compute_subnetwork.this : key => subnet.id }
}

output "pods_range_name" {
  description = "The name of the nodes subnet's secondary range for pods."
  value       = "${var.name}-pods"

  depends_on = [google_compute_subnetwork.this]
}

output "services_range_name" {
  description = "The name of the nodes subnet's secondary range for Kubernetes Services."
  value       = "${var.name}-services"

  depends_on = [google_compute_subnetwork.this]
}

output "private_services_range" {
  description = "The range allocated to Cloud SQL and Memorystore; known only once its peering exists."
  value       = google_compute_global_address.private_services.name

  depends_on = [google_service_networking_connection.private_services]
}

output "private_services_cidr" {
  description = "The addresses of that range."
  value       = var.cidrs.private_services
}

output "node_tag" {
  description = "The network tag that lets a node out to the internet and the load balancers in."
  value       = local.node_tag
}

output "function_tag" {
  description = "The network tag that lets a function out to the internet."
  value       = local.function_tag
}

output "nat_addresses" {
  description = "The source addresses of our calls, for partners' allow-lists."
  value       = google_compute_address.nat[*].address
}
