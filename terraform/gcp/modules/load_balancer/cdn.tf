# Static files: from the edge's cache, filled from a bucket that only the load balancer reads.
# https://cloud.google.com/cdn/docs/configure-private-bucket-access

resource "google_compute_backend_bucket" "assets" {
  name                 = "${var.name}-assets"
  project              = var.project_id
  description          = "Static files."
  bucket_name          = var.assets_bucket
  enable_cdn           = true
  edge_security_policy = var.edge_policy_id
  compression_mode     = "AUTOMATIC"

  custom_response_headers = [
    "Strict-Transport-Security: max-age=63072000; includeSubDomains",
    "X-Content-Type-Options: nosniff",
  ]

  cdn_policy {
    cache_mode         = "FORCE_CACHE_ALL"
    default_ttl        = var.assets_ttl_seconds
    client_ttl         = var.assets_ttl_seconds
    negative_caching   = true
    request_coalescing = true
    serve_while_stale  = 86400

    # A 404 from before an upload must not be cached for long.
    negative_caching_policy {
      code = 404
      ttl  = 10
    }
  }
}

resource "google_storage_bucket_iam_member" "load_balancer" {
  bucket = var.assets_bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:service-${var.project_number}@https-lb.iam.gserviceaccount.com"

  # Google creates that account with the project's first backend bucket.
  depends_on = [google_compute_backend_bucket.assets]
}
