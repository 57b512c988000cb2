output "addresses" {
  description = "The addresses to which the domain's names lead, by protocol: ipv4, ipv6."
  value       = { for key, address in google_compute_global_address.this : key => address.address }
}

output "certificate_record" {
  description = "The DNS record by which Google sees that the domain is ours, where DNS is elsewhere."
  value       = one(google_certificate_manager_dns_authorization.this.dns_resource_record)
}

output "url_map_name" {
  description = "The name by which metrics know the load balancer."
  value       = google_compute_url_map.https.name
}

output "static_url" {
  description = "Where static files are."
  value       = "https://${var.static_host}.${var.domain}"
}
