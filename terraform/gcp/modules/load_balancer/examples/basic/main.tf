terraform {
  required_version = ">= 1.11.0"
}

provider "google" {
  project = "fieldday-development"
}

module "load_balancer" {
  source = "../.."

  name               = "fieldday-development"
  project_id         = "fieldday-development"
  project_number     = "123456789012"
  domain             = "development.fieldday.example"
  dns_zone           = "development"
  security_policy_id = "projects/fieldday-development/global/securityPolicies/fieldday-development"
  edge_policy_id     = "projects/fieldday-development/global/securityPolicies/fieldday-development-edge"
  assets_bucket      = "fieldday-development-assets"

  endpoint_groups = [
    "projects/fieldday-development/zones/us-east1-b/networkEndpointGroups/gateway",
    "projects/fieldday-development/zones/us-east1-c/networkEndpointGroups/gateway",
  ]

  labels = {
    service     = "edge"
    environment = "development"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "internal"
  }
}
