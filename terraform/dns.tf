locals {
  # api.fieldday.example in production, api.staging.fieldday.example elsewhere, as in the charts.
  services_domain = local.production ? var.domain : "${var.environment}.${var.domain}"
}

# Every service's host resolves to the load balancer, which routes by their Ingresses.
resource "aws_route53_record" "services" {
  count = var.dns_zone_id == null ? 0 : 1

  zone_id = var.dns_zone_id
  name    = "*.${local.services_domain}"
  type    = "A"

  alias {
    name                   = module.load_balancer.dns_name
    zone_id                = module.load_balancer.zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "assets" {
  for_each = var.dns_zone_id == null ? toset([]) : toset(var.assets.aliases)

  zone_id = var.dns_zone_id
  name    = each.key
  type    = "A"

  alias {
    name                   = module.s3.distribution_domain_name
    zone_id                = module.s3.distribution_zone_id
    evaluate_target_health = false
  }
}
