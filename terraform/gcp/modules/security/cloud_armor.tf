# What is refused at Google's edge, before it costs us anything.
# https://cloud.google.com/armor/docs/waf-rules

locals {
  # The OWASP core rule set. Sensitivity 1 has the fewest false positives.
  waf_rules = {
    sql-injection    = { priority = 1010, expression = "evaluatePreconfiguredWaf('sqli-v33-stable', {'sensitivity': 1})" }
    scripting        = { priority = 1020, expression = "evaluatePreconfiguredWaf('xss-v33-stable', {'sensitivity': 1})" }
    local-files      = { priority = 1030, expression = "evaluatePreconfiguredWaf('lfi-v33-stable', {'sensitivity': 1})" }
    remote-files     = { priority = 1040, expression = "evaluatePreconfiguredWaf('rfi-v33-stable', {'sensitivity': 1})" }
    remote-code      = { priority = 1050, expression = "evaluatePreconfiguredWaf('rce-v33-stable', {'sensitivity': 1})" }
    methods          = { priority = 1060, expression = "evaluatePreconfiguredWaf('methodenforcement-v33-stable', {'sensitivity': 1})" }
    scanners         = { priority = 1070, expression = "evaluatePreconfiguredWaf('scannerdetection-v33-stable', {'sensitivity': 1})" }
    protocol         = { priority = 1080, expression = "evaluatePreconfiguredWaf('protocolattack-v33-stable', {'sensitivity': 1})" }
    session-fixation = { priority = 1090, expression = "evaluatePreconfiguredWaf('sessionfixation-v33-stable', {'sensitivity': 1})" }
    node             = { priority = 1100, expression = "evaluatePreconfiguredWaf('nodejs-v33-stable', {'sensitivity': 1})" }
    java             = { priority = 1110, expression = "evaluatePreconfiguredWaf('java-v33-stable', {'sensitivity': 1})" }
    json-sql         = { priority = 1120, expression = "evaluatePreconfiguredWaf('json-sqli-canary', {'sensitivity': 1})" }
    internal-paths   = { priority = 1130, expression = "request.path.matches('(?i)/(readyz|metrics)$')" }
  }

  rate_limits = merge(
    { for index, host in sort(keys(var.host_requests_per_minute)) : host => {
      priority   = 2000 + index
      expression = "request.headers['host'].lower() == '${host}'"
      limit      = var.host_requests_per_minute[host]
    } },
    { everything = { priority = 2999, expression = "true", limit = var.requests_per_minute } },
  )
}

resource "google_compute_security_policy" "this" {
  name        = var.name
  project     = var.project_id
  description = "What users may send to ${var.name}."
  labels      = var.labels
  type        = "CLOUD_ARMOR"

  advanced_options_config {
    json_parsing = "STANDARD_WITH_GRAPHQL"
    log_level    = "NORMAL"
  }

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable          = true
      rule_visibility = "STANDARD"
    }
  }

  rule {
    action      = "deny(403)"
    priority    = 1000
    description = "Log4Shell and its kin"

    match {
      expr {
        expression = "evaluatePreconfiguredExpr('cve-canary')"
      }
    }
  }

  dynamic "rule" {
    for_each = local.waf_rules

    content {
      action      = "deny(403)"
      priority    = rule.value.priority
      description = rule.key

      match {
        expr {
          expression = rule.value.expression
        }
      }
    }
  }

  dynamic "rule" {
    for_each = local.rate_limits

    content {
      action      = "rate_based_ban"
      priority    = rule.value.priority
      description = "${rule.value.limit} requests a minute: ${rule.key}"

      match {
        expr {
          expression = rule.value.expression
        }
      }

      rate_limit_options {
        conform_action   = "allow"
        exceed_action    = "deny(429)"
        enforce_on_key   = "IP"
        ban_duration_sec = 600

        rate_limit_threshold {
          count        = rule.value.limit
          interval_sec = 60
        }

        ban_threshold {
          count        = rule.value.limit * 4
          interval_sec = 60
        }
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "default"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

# In front of the cache of static files, where only this kind of policy works.
resource "google_compute_security_policy" "edge" {
  #checkov:skip=CKV_GCP_73:edge policies know no preconfigured rules; behind this one are files alone, no program that could look a name up
  name        = "${var.name}-edge"
  project     = var.project_id
  description = "What users may ask of ${var.name}'s static files."
  labels      = var.labels
  type        = "CLOUD_ARMOR_EDGE"

  rule {
    action      = "deny(403)"
    priority    = 1000
    description = "Files are read, never written."

    match {
      expr {
        expression = "!(request.method == 'GET' || request.method == 'HEAD' || request.method == 'OPTIONS')"
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "default"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
