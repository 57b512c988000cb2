# Changes that should only come from Terraform, and that an intruder would make first. Each
# raises an alert at once. After the CIS benchmark for Google Cloud, section 2.

locals {
  changes = {
    audit_logging = {
      title  = "Audit logging was changed"
      filter = "protoPayload.methodName=\"SetIamPolicy\" AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*"
    }
    owners = {
      title  = "An owner was added"
      filter = "protoPayload.serviceName=\"cloudresourcemanager.googleapis.com\" AND protoPayload.serviceData.policyDelta.bindingDeltas.action=\"ADD\" AND protoPayload.serviceData.policyDelta.bindingDeltas.role=\"roles/owner\""
    }
    service_account_keys = {
      title  = "A service account's key was made"
      filter = "protoPayload.methodName=\"google.iam.admin.v1.CreateServiceAccountKey\""
    }
    keys = {
      title  = "A key of Cloud KMS is to be destroyed or was disabled"
      filter = "protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.methodName=~\"(DestroyCryptoKeyVersion|UpdateCryptoKeyVersion)$\""
    }
    guardrails = {
      title  = "A guardrail was changed"
      filter = "protoPayload.serviceName=\"orgpolicy.googleapis.com\" AND protoPayload.methodName=~\"(CreatePolicy|UpdatePolicy|DeletePolicy)$\""
    }
    firewall = {
      title  = "The firewall was changed"
      filter = "resource.type=\"gce_firewall_rule\" AND protoPayload.methodName=~\"compute\\.firewalls\\.(insert|patch|update|delete)$\""
    }
    bucket_access = {
      title  = "Somebody's access to a bucket was changed"
      filter = "resource.type=\"gcs_bucket\" AND protoPayload.methodName=\"storage.setIamPermissions\""
    }
  }
}

resource "google_monitoring_alert_policy" "changes" {
  for_each = local.changes

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels[var.platform_channel]
  user_labels           = merge(var.labels, { alert = each.key })

  conditions {
    display_name = each.value.title

    condition_matched_log {
      filter = "logName:\"cloudaudit.googleapis.com\" AND ${each.value.filter}"

      label_extractors = {
        by = "EXTRACT(protoPayload.authenticationInfo.principalEmail)"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.title}, by $${log.extracted_label.by}. Expected when Terraform was applied just now; otherwise an incident."
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "300s"
    }
  }
}
