locals {
  # Names of assets carry a hash of their content, so they never change; pages do.
  caching = {
    long  = { seconds = 31536000, header = "public, max-age=31536000, immutable" }
    short = { seconds = 60, header = "public, max-age=60" }
  }

  asset_origins = [for name in ["assets", "assets-recovery"] : name if contains(keys(local.buckets), name)]
  asset_target  = length(local.asset_origins) > 1 ? "assets-with-recovery" : "assets"
}

resource "aws_cloudfront_origin_access_control" "assets" {
  name                              = "${var.name}-assets"
  description                       = "Signs the distribution's requests to the bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_cache_policy" "this" {
  for_each = local.caching

  name        = "${var.name}-${each.key}"
  comment     = "Kept for ${each.value.seconds} s; no cookie, header or query string tells answers apart"
  min_ttl     = 1
  default_ttl = each.value.seconds
  max_ttl     = each.value.seconds

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "none"
    }

    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  for_each = local.caching

  name    = "${var.name}-${each.key}"
  comment = "Security headers, and how long browsers keep the answer"

  custom_headers_config {
    items {
      header   = "Cache-Control"
      value    = each.value.header
      override = false
    }
  }

  security_headers_config {
    content_security_policy {
      content_security_policy = "default-src 'none'; frame-ancestors 'none'"
      override                = false
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      preload                    = true
      override                   = true
    }
  }
}

resource "aws_cloudfront_distribution" "assets" {
  #checkov:skip=CKV_AWS_86:Logs are delivered by CloudWatch's log delivery (logging.tf); the argument here needs a bucket with ACLs
  #checkov:skip=CKV_AWS_310:The group of origins is there where a recovery region is, which production can't be without
  #checkov:skip=CKV_AWS_374:Users travel; assets hold nothing that a country must not see
  #checkov:skip=CKV2_AWS_47:The web ACL is given from outside; the one of the security module has the rules for known bad inputs
  comment             = "Static assets of ${var.name}"
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  aliases             = var.aliases
  web_acl_id          = var.web_acl_arn
  default_root_object = "index.html"

  dynamic "origin" {
    for_each = local.asset_origins

    content {
      origin_id                = origin.value
      domain_name              = aws_s3_bucket.this[origin.value].bucket_regional_domain_name
      origin_access_control_id = aws_cloudfront_origin_access_control.assets.id
    }
  }

  # Reads fail over to the recovery region while the bucket's region is down.
  dynamic "origin_group" {
    for_each = length(local.asset_origins) > 1 ? [local.asset_origins] : []

    content {
      origin_id = "assets-with-recovery"

      failover_criteria {
        status_codes = [500, 502, 503, 504]
      }

      dynamic "member" {
        for_each = origin_group.value

        content {
          origin_id = member.value
        }
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = local.asset_target
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.this["long"].id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this["long"].id
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["*.html", "*.json"]

    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = local.asset_target
      allowed_methods            = ["GET", "HEAD", "OPTIONS"]
      cached_methods             = ["GET", "HEAD"]
      viewer_protocol_policy     = "redirect-to-https"
      compress                   = true
      cache_policy_id            = aws_cloudfront_cache_policy.this["short"].id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this["short"].id
    }
  }

  viewer_certificate {
    acm_certificate_arn            = var.certificate_arn
    cloudfront_default_certificate = length(var.aliases) == 0
    minimum_protocol_version       = length(var.aliases) == 0 ? "TLSv1" : "TLSv1.2_2021"
    ssl_support_method             = length(var.aliases) == 0 ? null : "sni-only"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-assets", DataClass = "public" })

  lifecycle {
    precondition {
      condition     = length(var.aliases) == 0 || var.certificate_arn != null
      error_message = "certificate_arn: null with aliases ${join(", ", var.aliases)}. CloudFront's own certificate does not hold them: use one that does."
    }

    precondition {
      condition     = !local.production || length(var.aliases) > 0
      error_message = "aliases: empty in production. CloudFront's own name allows TLS 1.0; only with an alias and a certificate is TLS 1.2 the least."
    }

    precondition {
      condition     = !local.production || var.web_acl_arn != null
      error_message = "web_acl_arn: null in production. Use the web ACL of scope CLOUDFRONT (security: cloudfront_web_acl_arn)."
    }
  }
}
