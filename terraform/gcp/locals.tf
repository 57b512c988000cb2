locals {
  name       = "fieldday-${var.environment}"
  production = var.environment == "production"

  # The services, from which everything else is derived.
  services = yamldecode(file("${path.root}/../../catalog.yaml")).services

  labels = {
    for part, data_class in {
      bastion    = "internal"
      cache      = "restricted"
      database   = "restricted"
      edge       = "internal"
      files      = "restricted"
      functions  = "internal"
      kubernetes = "internal"
      monitoring = "confidential"
      network    = "internal"
      security   = "confidential"
      } : part => {
      service     = part
      environment = var.environment
      owner       = var.owner
      cost_centre = var.cost_centre
      data_class  = data_class
    }
  }

  # Which bucket holds the files of a service with stores: [s3].
  file_buckets = {
    analytics = "reports"
    messaging = "uploads"
  }

  buckets = {
    assets    = { data_class = "public", cors_origins = ["https://${var.domain}", "https://app.${var.domain}"] }
    uploads   = { data_class = "restricted", archive_after_days = 365 }
    reports   = { data_class = "confidential", archive_after_days = 90 }
    snapshots = { data_class = "restricted", delete_after_days = 30, version_days = 7 }
    evidence  = { data_class = "confidential", retention_days = var.evidence_retention_days }
    functions = { data_class = "internal" }
  }

  # Service accounts of the cluster's own programs, by namespace and service account there.
  platform_workloads = {
    releaser         = { namespace = "fieldday-system", service_account = "releaser", google_account = module.security.deployer_account }
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets", google_account = module.security.external_secrets_account }
  }
}
