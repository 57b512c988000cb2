locals {
  name       = "fieldday-${var.environment}"
  production = var.environment == "production"

  # The services, from which everything else is derived.
  services = yamldecode(file("${path.root}/../catalog.yaml")).services

  tags = {
    for part, data_class in {
      backup     = "restricted"
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
      vpn        = "internal"
      } : part => {
      Service     = part
      Environment = var.environment
      Owner       = var.owner
      CostCentre  = var.cost_centre
      DataClass   = data_class
    }
  }

  # Which bucket holds the files of a service with stores: [s3].
  file_purposes = {
    analytics = "reports"
    messaging = "uploads"
  }
}
