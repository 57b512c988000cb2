# Every read of data is logged, not only every change.
resource "google_project_iam_audit_config" "everything" {
  project = var.project_id
  service = "allServices"

  dynamic "audit_log_config" {
    for_each = toset(["ADMIN_READ", "DATA_READ", "DATA_WRITE"])

    content {
      log_type = audit_log_config.key
    }
  }
}

# What nobody in the project may do, whatever their roles say.
# https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints

locals {
  enforced = toset([
    "compute.disableSerialPortAccess",
    "compute.requireOsLogin",
    "compute.requireShieldedVm",
    "compute.skipDefaultNetworkCreation",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "sql.restrictAuthorizedNetworks",
    "sql.restrictPublicIp",
    "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
  ])

  denied  = toset(["compute.vmExternalIpAccess"])
  allowed = { "gcp.resourceLocations" = var.allowed_locations }
}

resource "google_org_policy_policy" "enforced" {
  for_each = local.enforced

  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      enforce = "TRUE"
    }
  }
}

resource "google_org_policy_policy" "denied" {
  for_each = local.denied

  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      deny_all = "TRUE"
    }
  }
}

resource "google_org_policy_policy" "allowed" {
  for_each = local.allowed

  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      values {
        allowed_values = each.value
      }
    }
  }
}
