output "addresses" {
  description = "The addresses to which the domain's names resolve, by protocol: ipv4, ipv6."
  value       = { for key, address in google_compute_global_address.this : key => address.address }
}

output "certificate_record" {
  description = "The DNS record that proves domain ownership to Google, if DNS is elsewhere."
  value       = one(google_certificate_manager_dns_authorization.this.dns_resource_record)
}

output "url_map_name" {
  description = "The load balancer's name in metrics."
  value       = google_compute_url_map.https.name
}

output "static_url" {
  description = "Where static files are."
  value       = "https://${var.static_host}.${var.domain}"
}
