# Recipients: people by e-mail, and pagers through the topic.

locals {
  addresses = merge([
    for channel, addresses in var.subscriptions : { for address in addresses : "${channel}/${address}" => { channel = channel, address = address } }
  ]...)

  channels = {
    for channel in distinct(concat([var.platform_channel], [for service in values(var.services) : service.paging])) : channel => concat(
      [google_monitoring_notification_channel.pager.name],
      [for key, address in local.addresses : google_monitoring_notification_channel.email[key].name if address.channel == channel],
    )
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = local.addresses

  project      = var.project_id
  display_name = "${each.value.channel}: ${each.value.address}"
  type         = "email"
  labels       = { email_address = each.value.address }
  user_labels  = var.labels
}

resource "google_pubsub_topic" "alerts" {
  name         = "${var.name}-alerts"
  project      = var.project_id
  labels       = var.labels
  kms_key_name = var.topic_key_id

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

resource "google_pubsub_topic_iam_member" "alerts" {
  project = var.project_id
  topic   = google_pubsub_topic.alerts.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:service-${var.project_number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
}

resource "google_monitoring_notification_channel" "pager" {
  project      = var.project_id
  display_name = "${var.name} pager"
  type         = "pubsub"
  labels       = { topic = google_pubsub_topic.alerts.id }
  user_labels  = var.labels

  depends_on = [google_pubsub_topic_iam_member.alerts]
}
