locals {
  record_types = { ipv4 = "A", ipv6 = "AAAA" }

  names = var.dns_zone == null ? {} : {
    for pair in setproduct(["${var.domain}.", "*.${var.domain}."], keys(local.record_types)) :
    "${pair[0]} ${local.record_types[pair[1]]}" => { name = pair[0], protocol = pair[1] }
  }
}

resource "google_dns_record_set" "names" {
  for_each = local.names

  project      = var.project_id
  managed_zone = var.dns_zone
  name         = each.value.name
  type         = local.record_types[each.value.protocol]
  ttl          = 300
  rrdatas      = [google_compute_global_address.this[each.value.protocol].address]
}

resource "google_dns_record_set" "authorization" {
  count = var.dns_zone == null ? 0 : 1

  project      = var.project_id
  managed_zone = var.dns_zone
  name         = google_certificate_manager_dns_authorization.this.dns_resource_record[0].name
  type         = google_certificate_manager_dns_authorization.this.dns_resource_record[0].type
  ttl          = 300
  rrdatas      = [google_certificate_manager_dns_authorization.this.dns_resource_record[0].data]
}
