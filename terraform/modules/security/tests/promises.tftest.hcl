# What the module promises, with mocks instead of AWS. Policies are compared whole with tests/expected.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }

  override_resource {
    target = aws_kms_key.this["backups"]
    values = { arn = "arn:aws:kms:us-east-1:111122223333:key/backups" }
  }
  override_resource {
    target = aws_kms_key.this["data"]
    values = { arn = "arn:aws:kms:us-east-1:111122223333:key/data" }
  }
  override_resource {
    target = aws_kms_key.this["logs"]
    values = { arn = "arn:aws:kms:us-east-1:111122223333:key/logs" }
  }
  override_resource {
    target = aws_kms_key.this["secrets"]
    values = { arn = "arn:aws:kms:us-east-1:111122223333:key/secrets" }
  }
  override_resource {
    target = aws_kms_key.recovery["data"]
    values = { arn = "arn:aws:kms:us-west-2:111122223333:key/data" }
  }
  override_resource {
    target = aws_kms_key.recovery["secrets"]
    values = { arn = "arn:aws:kms:us-west-2:111122223333:key/secrets" }
  }
  override_resource {
    target = aws_cloudwatch_log_group.trail
    values = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/cloudtrail/fieldday-production" }
  }
}

variables {
  name            = "fieldday-production"
  services        = ["api", "payments"]
  recovery_region = "us-west-2"
  domain          = "fieldday.example"
  rate_limits     = { api = 1200, payments = 60 }
  rotation        = { function_arn = "arn:aws:lambda:us-east-1:111122223333:function:rotate-secret" }
  cluster_arn     = "arn:aws:eks:us-east-1:111122223333:cluster/fieldday-production"
  bucket_arns = {
    assets  = "arn:aws:s3:::fieldday-production-assets"
    backups = "arn:aws:s3:::fieldday-production-backups"
    reports = "arn:aws:s3:::fieldday-production-reports"
    uploads = "arn:aws:s3:::fieldday-production-uploads"
  }
  state_bucket_arn  = "arn:aws:s3:::fieldday-terraform-state"
  state_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/state"
  alerts_topic_arn  = "arn:aws:sns:us-east-1:111122223333:alerts"
  tags = {
    Service     = "security"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "internal"
  }
}

run "production" {
  variables {
    audit_retention_days = 400
  }

  assert {
    condition     = jsonencode({ for class, key in aws_kms_key.this : class => jsondecode(key.policy) }) == jsonencode(jsondecode(file("tests/expected/keys.json")))
    error_message = "Others than the account and the named services may use a key."
  }

  assert {
    condition     = jsonencode({ for class, key in aws_kms_key.recovery : class => jsondecode(key.policy) }) == jsonencode(jsondecode(file("tests/expected/keys-recovery.json")))
    error_message = "Others than the account and the named services may use a key of the recovery region."
  }

  assert {
    condition = jsonencode({ for class, key in aws_kms_key.this : class => [key.description, key.enable_key_rotation, key.rotation_period_in_days, key.deletion_window_in_days, key.tags] }) == jsonencode({
      for class, what in {
        assets     = "Static assets, which everybody may read"
        backups    = "Backup vaults"
        data       = "Databases, caches and users' files"
        kubernetes = "Secrets of the cluster and disks of its nodes"
        logs       = "Logs, the audit trail and alerts"
        secrets    = "Secrets of the services"
      } : class => ["${what} of fieldday-production", true, 365, 30, merge(var.tags, { Name = "fieldday-production-${class}" })]
    })
    error_message = "A key does not rotate, or can be deleted at once."
  }

  assert {
    condition = jsonencode({ for class, key in aws_kms_key.recovery : class => [key.region, key.enable_key_rotation, key.rotation_period_in_days, key.deletion_window_in_days, key.tags] }) == jsonencode({
      for class in ["assets", "backups", "data", "kubernetes", "logs", "secrets"] : class => ["us-west-2", true, 365, 30, merge(var.tags, { Name = "fieldday-production-${class}-recovery" })]
    })
    error_message = "A key of the recovery region is not there, does not rotate, or can be deleted at once."
  }

  assert {
    condition = alltrue([for class, one in aws_kms_alias.this : one.name == "alias/fieldday-production-${class}" && one.target_key_id == aws_kms_key.this[class].key_id]) && alltrue([
      for class, one in aws_kms_alias.recovery : one.name == "alias/fieldday-production-${class}" && one.region == "us-west-2" && one.target_key_id == aws_kms_key.recovery[class].key_id
    ]) && length(aws_kms_alias.this) == 6 && length(aws_kms_alias.recovery) == 6
    error_message = "A key is not found by its alias."
  }

  assert {
    condition = jsonencode({
      for service, one in aws_secretsmanager_secret.service : service => [one.name, one.kms_key_id, one.recovery_window_in_days, [for copy in one.replica : [copy.region, copy.kms_key_id]], one.tags]
      }) == jsonencode({
      for service in ["api", "payments"] : service => [
        "fieldday/production/${service}", "arn:aws:kms:us-east-1:111122223333:key/secrets", 30, [["us-west-2", "arn:aws:kms:us-west-2:111122223333:key/secrets"]],
        merge(var.tags, { Name = "fieldday/production/${service}", Service = service }),
      ]
    })
    error_message = "A service's secret is not where its chart looks, not encrypted with the secrets' key, or gone with the region."
  }

  assert {
    condition = jsonencode({
      for service, one in aws_secretsmanager_secret_rotation.service : service => [one.secret_id == aws_secretsmanager_secret.service[service].id, one.rotation_lambda_arn, one.rotate_immediately, one.rotation_rules[*].automatically_after_days]
      }) == jsonencode({
      for service in ["api", "payments"] : service => [true, "arn:aws:lambda:us-east-1:111122223333:function:rotate-secret", false, [30]]
    })
    error_message = "A secret is not rotated every 30 days."
  }

  assert {
    condition = jsonencode([for one in aws_lambda_permission.rotation : [one.action, one.function_name, one.principal, one.source_account]]) == jsonencode(
      [["lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:rotate-secret", "secretsmanager.amazonaws.com", "111122223333"]]
    )
    error_message = "Others than Secrets Manager for this account may call the function that rotates."
  }

  assert {
    condition     = jsonencode({ reader = jsondecode(output.secrets_reader_policy), rotation = jsondecode(output.rotation_policy) }) == jsonencode(jsondecode(file("tests/expected/secrets.json")))
    error_message = "Who reads or rotates the secrets may do more than that."
  }

  assert {
    condition     = jsonencode({ for role, one in aws_iam_role.automation : role => jsondecode(one.assume_role_policy) }) == jsonencode(jsondecode(file("tests/expected/automation-trust.json")))
    error_message = "Others than the named service account's pods may take a role of the pipelines."
  }

  assert {
    condition     = jsonencode({ for name, one in aws_iam_policy.automation : name => jsondecode(one.policy) }) == jsonencode(jsondecode(file("tests/expected/automation.json")))
    error_message = "A pipeline may do more or less than it has to."
  }

  assert {
    condition = jsonencode({ for role, one in aws_iam_role.automation : role => [one.name, one.description, one.permissions_boundary, one.max_session_duration, one.tags] }) == jsonencode({
      for role, does in {
        drill       = "Restores backups beside production, and removes what it restored"
        provisioner = "Plans and applies Terraform"
        release     = "Pushes images, and writes the evidence of a release"
        snapshots   = "Takes, copies and removes the nightly snapshots"
      } : role => ["fieldday-production-${role}", does, aws_iam_policy.boundary.arn, 3600, merge(var.tags, { Name = "fieldday-production-${role}" })]
    })
    error_message = "A role of the pipelines has no boundary, or lasts long."
  }

  assert {
    condition = jsonencode({ for name, one in aws_iam_role_policy_attachment.automation : name => [one.role, one.policy_arn == aws_iam_policy.automation[name].arn, aws_iam_policy.automation[name].name, aws_iam_policy.automation[name].tags["Name"]] }) == jsonencode({
      for name, role in {
        drill                       = "drill"
        provisioner-identities      = "provisioner"
        provisioner-infrastructure  = "provisioner"
        provisioner-state-and-files = "provisioner"
        release                     = "release"
        snapshots                   = "snapshots"
      } : name => ["fieldday-production-${role}", true, "fieldday-production-${name}", "fieldday-production-${name}"]
    })
    error_message = "A role of the pipelines has not the policies that are its own."
  }

  assert {
    condition = jsonencode([aws_iam_policy.boundary.name, jsondecode(aws_iam_policy.boundary.policy), aws_iam_policy.boundary.tags]) == jsonencode(
      ["fieldday-production-boundary", jsondecode(file("tests/expected/boundary.json")), merge(var.tags, { Name = "fieldday-production-boundary" })]
    )
    error_message = "The boundary lets something through that it has to hold."
  }

  assert {
    condition     = jsonencode({ for role, one in aws_iam_role.human : role => jsondecode(one.assume_role_policy) }) == jsonencode(jsondecode(file("tests/expected/humans-trust.json")))
    error_message = "A role of people can be taken without a fresh second factor."
  }

  assert {
    condition     = jsonencode({ for role, one in aws_iam_role_policy.human : role => [one.role, one.name, jsondecode(one.policy)] }) == jsonencode({ for role, policy in jsondecode(file("tests/expected/humans.json")) : role => ["fieldday-production-${role}", role, policy] })
    error_message = "An operator or a viewer may do more or less than the runbooks ask."
  }

  assert {
    condition = jsonencode({ for role, one in aws_iam_role.human : role => [one.name, one.description, one.permissions_boundary, one.max_session_duration, one.tags] }) == jsonencode({
      break-glass = ["fieldday-production-break-glass", "Everything, in an incident; taking it raises an alarm", null, 3600, merge(var.tags, { Name = "fieldday-production-break-glass" })]
      operator    = ["fieldday-production-operator", "Looks, and does what the runbooks ask", aws_iam_policy.boundary.arn, 14400, merge(var.tags, { Name = "fieldday-production-operator" })]
      viewer      = ["fieldday-production-viewer", "Looks at what there is, not at what it holds", aws_iam_policy.boundary.arn, 28800, merge(var.tags, { Name = "fieldday-production-viewer" })]
    })
    error_message = "A role of people lasts too long, or goes beyond the boundary."
  }

  assert {
    condition = jsonencode(sort([for one in aws_iam_role_policy_attachment.human : "${one.role} ${one.policy_arn}"])) == jsonencode([
      "fieldday-production-break-glass arn:aws:iam::aws:policy/AdministratorAccess",
      "fieldday-production-operator arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess",
      "fieldday-production-operator arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
      "fieldday-production-viewer arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess",
      "fieldday-production-viewer arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    ])
    error_message = "Somebody else than break-glass is an administrator."
  }

  assert {
    condition = jsonencode({
      for kind, acl in { cloudfront = aws_wafv2_web_acl.cloudfront, regional = aws_wafv2_web_acl.regional } : kind => [
        acl.name, acl.scope, length(acl.default_action[0].allow), length(acl.default_action[0].block), acl.tags,
        [for one in acl.visibility_config : [one.cloudwatch_metrics_enabled, one.sampled_requests_enabled, one.metric_name]],
      ]
      }) == jsonencode({
      for kind, scope in { cloudfront = "CLOUDFRONT", regional = "REGIONAL" } : kind => [
        "fieldday-production-${kind}", scope, 1, 0, merge(var.tags, { Name = "fieldday-production-${kind}" }), [[true, true, "fieldday-production-${kind}"]],
      ]
    })
    error_message = "The firewalls are not one for the load balancer and one for the distribution."
  }

  assert {
    condition     = aws_wafv2_web_acl.cloudfront.region == "us-east-1"
    error_message = "CloudFront takes a firewall from us-east-1 alone."
  }

  assert {
    condition = jsonencode({
      for acl, one in { cloudfront = aws_wafv2_web_acl.cloudfront, regional = aws_wafv2_web_acl.regional } : acl => {
        for rule in one.rule : format("%03d", rule.priority) => [
          rule.name,
          [for statement in rule.statement : [for group in statement.managed_rule_group_statement : [group.vendor_name, group.name]]],
          length(rule.override_action[*].none),
          length(rule.action),
          [for seen in rule.visibility_config : [seen.cloudwatch_metrics_enabled, seen.sampled_requests_enabled, seen.metric_name]],
        ] if startswith(rule.name, "AWS")
      }
      }) == jsonencode({
      for acl, groups in {
        cloudfront = ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"]
        regional   = ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"]
        } : acl => {
        for index, group in groups : format("%03d", 10 + index) => [group, [[["AWS", group]]], 1, 0, [[true, true, group]]]
      }
    })
    error_message = "A managed rule group is missing, or counts where it has to block."
  }

  assert {
    condition = jsonencode({
      for acl, one in { cloudfront = aws_wafv2_web_acl.cloudfront, regional = aws_wafv2_web_acl.regional } : acl => {
        for rule in one.rule : format("%03d", rule.priority) => [
          rule.name,
          [for action in rule.action : [for block in action.block : [for answer in block.custom_response : answer.response_code]]],
          [for statement in rule.statement : [for rate in statement.rate_based_statement : [
            rate.limit, rate.evaluation_window_sec, rate.aggregate_key_type,
            [for scope in rate.scope_down_statement : [for match in scope.byte_match_statement : [
              match.search_string, match.positional_constraint, match.field_to_match[0].single_header[0].name, [for change in match.text_transformation : [change.priority, change.type]],
            ]]],
          ]]],
          [for seen in rule.visibility_config : [seen.cloudwatch_metrics_enabled, seen.sampled_requests_enabled, seen.metric_name]],
        ] if startswith(rule.name, "rate")
      }
      }) == jsonencode({
      cloudfront = {
        "000" = ["rate-overall", [[[429]]], [[[3000, 60, "IP", []]]], [[true, true, "rate-overall"]]]
      }
      regional = {
        "000" = ["rate-overall", [[[429]]], [[[3000, 60, "IP", []]]], [[true, true, "rate-overall"]]]
        "100" = ["rate-api", [[[429]]], [[[1200, 60, "IP", [[["api.fieldday.example", "EXACTLY", "host", [[0, "LOWERCASE"]]]]]]]], [[true, true, "rate-api"]]]
        "101" = ["rate-payments", [[[429]]], [[[60, 60, "IP", [[["payments.fieldday.example", "EXACTLY", "host", [[0, "LOWERCASE"]]]]]]]], [[true, true, "rate-payments"]]]
      }
    })
    error_message = "One address may send more a minute than the catalogue says."
  }

  assert {
    condition = jsonencode({ for kind, one in aws_cloudwatch_log_group.waf : kind => [one.region, one.name, one.retention_in_days, one.kms_key_id, one.tags] }) == jsonencode({
      for kind in ["cloudfront", "regional"] : kind => [
        "us-east-1", "aws-waf-logs-fieldday-production-${kind}", 400, "arn:aws:kms:us-east-1:111122223333:key/logs", merge(var.tags, { Name = "aws-waf-logs-fieldday-production-${kind}" }),
      ]
    })
    error_message = "What the firewalls blocked is not kept for the time given, encrypted."
  }

  assert {
    condition = jsonencode({
      for kind, one in aws_wafv2_web_acl_logging_configuration.this : kind => [
        one.region, one.resource_arn == (kind == "regional" ? aws_wafv2_web_acl.regional.arn : aws_wafv2_web_acl.cloudfront.arn), one.log_destination_configs,
        sort(flatten([for field in one.redacted_fields : field.single_header[*].name])),
        [for all in one.logging_filter : [all.default_behavior, [for filter in all.filter : [filter.behavior, filter.requirement, sort(flatten([for condition in filter.condition : condition.action_condition[*].action]))]]]],
      ]
      }) == jsonencode({
      for kind in ["cloudfront", "regional"] : kind => [
        "us-east-1", true, [aws_cloudwatch_log_group.waf[kind].arn], ["authorization", "cookie"], [["DROP", [["KEEP", "MEETS_ANY", ["BLOCK", "COUNT"]]]]],
      ]
    })
    error_message = "What the firewalls blocked is not logged, or with credentials."
  }

  assert {
    condition     = jsonencode({ for purpose, one in aws_s3_bucket_policy.audit : purpose => [one.bucket == aws_s3_bucket.audit[purpose].id, jsondecode(one.policy)] }) == jsonencode({ for purpose, policy in jsondecode(file("tests/expected/audit-buckets.json")) : purpose => [true, policy] })
    error_message = "Others than CloudTrail and Config for this account may write to the audit buckets."
  }

  assert {
    condition = jsonencode({
      for purpose, one in aws_s3_bucket.audit : purpose => {
        bucket  = [one.bucket, one.object_lock_enabled, one.tags]
        owner   = [aws_s3_bucket_ownership_controls.audit[purpose].bucket == one.id, aws_s3_bucket_ownership_controls.audit[purpose].rule[0].object_ownership]
        version = [aws_s3_bucket_versioning.audit[purpose].bucket == one.id, aws_s3_bucket_versioning.audit[purpose].versioning_configuration[0].status]
        public = [
          aws_s3_bucket_public_access_block.audit[purpose].bucket == one.id, aws_s3_bucket_public_access_block.audit[purpose].block_public_acls, aws_s3_bucket_public_access_block.audit[purpose].block_public_policy,
          aws_s3_bucket_public_access_block.audit[purpose].ignore_public_acls, aws_s3_bucket_public_access_block.audit[purpose].restrict_public_buckets,
        ]
        key = [aws_s3_bucket_server_side_encryption_configuration.audit[purpose].bucket == one.id, [for rule in aws_s3_bucket_server_side_encryption_configuration.audit[purpose].rule : [
          rule.bucket_key_enabled, rule.apply_server_side_encryption_by_default[0].sse_algorithm, rule.apply_server_side_encryption_by_default[0].kms_master_key_id,
        ]]]
        age = [aws_s3_bucket_lifecycle_configuration.audit[purpose].bucket == one.id, [for rule in aws_s3_bucket_lifecycle_configuration.audit[purpose].rule : [
          rule.id, rule.status, length(rule.filter), [for move in rule.transition : [move.storage_class, move.days]], rule.expiration[0].days, rule.noncurrent_version_expiration[0].noncurrent_days, rule.abort_incomplete_multipart_upload[0].days_after_initiation,
        ]]]
      }
      }) == jsonencode({
      for purpose, locked in { audit = true, config = false } : purpose => {
        bucket                       = ["fieldday-production-${purpose}-111122223333", locked, merge(var.tags, { Name = "fieldday-production-${purpose}-111122223333", DataClass = "audit" })]
        owner                        = [true, "BucketOwnerEnforced"]
        version                      = [true, "Enabled"]
        public                       = [true, true, true, true, true]
        key                          = [true, [[true, "aws:kms", "arn:aws:kms:us-east-1:111122223333:key/logs"]]]
        age                          = [true, [["age", "Enabled", 1, [["GLACIER_IR", 90]], 400, 30, 7]]]
      }
    })
    error_message = "An audit bucket is not guarded as every other bucket is."
  }

  assert {
    condition = jsonencode({ for purpose, one in aws_s3_bucket_object_lock_configuration.audit : purpose => [one.bucket == aws_s3_bucket.audit[purpose].id, one.rule[0].default_retention[0].mode, one.rule[0].default_retention[0].days] }) == jsonencode({
      audit = [true, "GOVERNANCE", 400]
    })
    error_message = "The audit trail can be changed before its time."
  }

  assert {
    condition = jsonencode({
      name       = aws_cloudtrail.this[0].name
      bucket     = aws_cloudtrail.this[0].s3_bucket_name == aws_s3_bucket.audit["audit"].id
      key        = aws_cloudtrail.this[0].kms_key_id
      group      = aws_cloudtrail.this[0].cloud_watch_logs_group_arn
      role       = aws_cloudtrail.this[0].cloud_watch_logs_role_arn == aws_iam_role.trail[0].arn
      on         = [aws_cloudtrail.this[0].enable_logging, aws_cloudtrail.this[0].enable_log_file_validation, aws_cloudtrail.this[0].include_global_service_events, aws_cloudtrail.this[0].is_multi_region_trail]
      selections = { for one in aws_cloudtrail.this[0].advanced_event_selector : one.name => { for field in one.field_selector : field.field => concat(coalesce(field.equals, []), coalesce(field.starts_with, [])) } }
      insights   = sort([for one in aws_cloudtrail.this[0].insight_selector : one.insight_type])
      tags       = aws_cloudtrail.this[0].tags
      }) == jsonencode({
      name   = "fieldday-production"
      bucket = true
      key    = "arn:aws:kms:us-east-1:111122223333:key/logs"
      group  = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/cloudtrail/fieldday-production:*"
      role   = true
      on     = [true, true, true, true]
      selections = {
        "What is done to the account" = { eventCategory = ["Management"] }
        "What is done to users' files, reports and backups" = {
          eventCategory    = ["Data"]
          "resources.type" = ["AWS::S3::Object"]
          "resources.ARN"  = ["arn:aws:s3:::fieldday-production-backups/", "arn:aws:s3:::fieldday-production-reports/", "arn:aws:s3:::fieldday-production-uploads/"]
        }
      }
      insights = ["ApiCallRateInsight", "ApiErrorRateInsight"]
      tags     = merge(var.tags, { Name = "fieldday-production" })
    })
    error_message = "The trail does not record every region, validated and encrypted, with who touched users' files."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_group.trail[0].name, aws_cloudwatch_log_group.trail[0].retention_in_days, aws_cloudwatch_log_group.trail[0].kms_key_id, aws_cloudwatch_log_group.trail[0].tags,
      ]) == jsonencode([
      "/aws/cloudtrail/fieldday-production", 400, "arn:aws:kms:us-east-1:111122223333:key/logs", merge(var.tags, { Name = "/aws/cloudtrail/fieldday-production", DataClass = "audit" }),
    ])
    error_message = "The trail's log group is not kept for the time given, encrypted."
  }

  assert {
    condition = jsonencode({
      config       = jsondecode(aws_iam_role_policy.config[0].policy)
      config-trust = jsondecode(aws_iam_role.config[0].assume_role_policy)
      trail        = jsondecode(aws_iam_role_policy.trail[0].policy)
      trail-trust  = jsondecode(aws_iam_role.trail[0].assume_role_policy)
    }) == jsonencode(jsondecode(file("tests/expected/audit-roles.json")))
    error_message = "The roles of CloudTrail and Config may do more than write."
  }

  assert {
    condition = jsonencode([
      for role in [aws_iam_role.config[0], aws_iam_role.trail[0]] : [role.name, role.permissions_boundary == aws_iam_policy.boundary.arn, role.tags["Name"]]
    ]) == jsonencode([["fieldday-production-config", true, "fieldday-production-config"], ["fieldday-production-cloudtrail", true, "fieldday-production-cloudtrail"]])
    error_message = "A role has no boundary."
  }

  assert {
    condition = jsonencode([
      aws_iam_role_policy.config[0].role, aws_iam_role_policy.config[0].name, aws_iam_role_policy.trail[0].role, aws_iam_role_policy.trail[0].name,
      aws_iam_role_policy_attachment.config[0].role, aws_iam_role_policy_attachment.config[0].policy_arn,
      ]) == jsonencode([
      "fieldday-production-config", "write-history", "fieldday-production-cloudtrail", "write-trail",
      "fieldday-production-config", "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole",
    ])
    error_message = "A policy is not with its role."
  }

  assert {
    condition = jsonencode({ for name, one in aws_cloudwatch_log_metric_filter.trail : name => [
      one.name, one.log_group_name, one.pattern, [for to in one.metric_transformation : [to.namespace, to.name, to.value, to.default_value]],
      ] }) == jsonencode({
      for name, pattern in {
        audit-changed         = "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteDetector) || ($.eventName = StopConfigurationRecorder) }"
        backup-deleted        = "{ ($.eventName = DeleteRecoveryPoint) || ($.eventName = DeleteBackupVault) || ($.eventName = DeleteBackupVaultLockConfiguration) }"
        break-glass-taken     = "{ ($.eventName = AssumeRole) && ($.requestParameters.roleArn = \"arn:aws:iam::111122223333:role/fieldday-production-break-glass\") }"
        calls-refused         = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"
        key-deleted           = "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
        root-used             = "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }"
        signed-in-without-mfa = "{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != \"Yes\") && ($.userIdentity.type = \"IAMUser\") && ($.responseElements.ConsoleLogin = \"Success\") }"
      } : name => ["fieldday-production-${name}", "/aws/cloudtrail/fieldday-production", pattern, [["FieldDay/Security", "fieldday-production-${name}", "1", "0"]]]
    })
    error_message = "Something that nobody should do is not counted."
  }

  assert {
    condition = jsonencode({ for name, one in aws_cloudwatch_metric_alarm.trail : name => [
      one.alarm_name, one.alarm_description, one.namespace, one.metric_name, one.statistic, one.period, one.evaluation_periods, one.comparison_operator, one.threshold, one.treat_missing_data, one.alarm_actions, one.tags,
      ] }) == jsonencode({
      for name in ["audit-changed", "backup-deleted", "break-glass-taken", "calls-refused", "key-deleted", "root-used", "signed-in-without-mfa"] : name => [
        "fieldday-production-${name}", "The audit trail of fieldday-production shows: ${replace(name, "-", " ")}.", "FieldDay/Security", "fieldday-production-${name}", "Sum", 300, 1,
        "GreaterThanOrEqualToThreshold", name == "calls-refused" ? 20 : 1, "notBreaching", ["arn:aws:sns:us-east-1:111122223333:alerts"], merge(var.tags, { Name = "fieldday-production-${name}" }),
      ]
    })
    error_message = "Something that nobody should do is not told."
  }

  assert {
    condition = jsonencode([for one in aws_iam_account_password_policy.this : [
      one.minimum_password_length, one.require_lowercase_characters, one.require_uppercase_characters, one.require_numbers, one.require_symbols,
      one.allow_users_to_change_password, one.max_password_age, one.password_reuse_prevention,
    ]]) == jsonencode([[16, true, true, true, true, true, 90, 24]])
    error_message = "Passwords may be weak, or old."
  }

  assert {
    condition = jsonencode([
      aws_ebs_encryption_by_default.this[*].enabled,
      [for one in aws_s3_account_public_access_block.this : [one.block_public_acls, one.block_public_policy, one.ignore_public_acls, one.restrict_public_buckets]],
      { for region, one in aws_accessanalyzer_analyzer.this : region => [one.region, one.analyzer_name, one.type, one.tags] },
      ]) == jsonencode([
      [true], [[true, true, true, true]],
      { for region in ["us-east-1", "us-west-2"] : region => [region, "fieldday-production", "ACCOUNT", merge(var.tags, { Name = "fieldday-production" })] },
    ])
    error_message = "Disks may be plain, a bucket public, or a door open without an analyzer that sees it."
  }

  assert {
    condition = jsonencode([
      [for one in aws_guardduty_detector.this : [one.enable, one.finding_publishing_frequency, one.tags]],
      { for name, one in aws_guardduty_detector_feature.this : name => [one.detector_id == aws_guardduty_detector.this[0].id, one.name, one.status, [for more in one.additional_configuration : [more.name, more.status]]] },
      ]) == jsonencode([
      [[true, "FIFTEEN_MINUTES", merge(var.tags, { Name = "fieldday-production" })]],
      {
        for name in ["EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"] :
        name => [true, name, "ENABLED", name == "RUNTIME_MONITORING" ? [["EKS_ADDON_MANAGEMENT", "ENABLED"]] : []]
      },
    ])
    error_message = "GuardDuty does not look at everything."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_event_rule.finding[0].name, jsondecode(aws_cloudwatch_event_rule.finding[0].event_pattern), aws_cloudwatch_event_rule.finding[0].tags["Name"],
      aws_cloudwatch_event_target.finding[0].rule, aws_cloudwatch_event_target.finding[0].arn,
      ]) == jsonencode([
      "fieldday-production-guardduty-finding", { source = ["aws.guardduty"], "detail-type" = ["GuardDuty Finding"], detail = { severity = [{ numeric = [">=", 7] }] } }, "fieldday-production-guardduty-finding",
      "fieldday-production-guardduty-finding", "arn:aws:sns:us-east-1:111122223333:alerts",
    ])
    error_message = "Nobody hears of a finding of high severity."
  }

  assert {
    condition = jsonencode([
      [for one in aws_config_configuration_recorder.this : [one.name, one.role_arn == aws_iam_role.config[0].arn, [for group in one.recording_group : [group.all_supported, group.include_global_resource_types]]]],
      [for one in aws_config_delivery_channel.this : [one.name, one.s3_bucket_name == aws_s3_bucket.audit["config"].id, one.s3_kms_key_arn, one.snapshot_delivery_properties[*].delivery_frequency]],
      [for one in aws_config_configuration_recorder_status.this : [one.name, one.is_enabled]],
      ]) == jsonencode([
      [["fieldday-production", true, [[true, true]]]],
      [["fieldday-production", true, "arn:aws:kms:us-east-1:111122223333:key/logs", ["TwentyFour_Hours"]]],
      [["fieldday-production", true]],
    ])
    error_message = "Config does not record everything there is."
  }

  assert {
    condition = jsonencode({ for rule, one in aws_config_config_rule.this : rule => [one.name, one.source[0].owner, one.source[0].source_identifier, try(jsondecode(one.input_parameters), null), one.tags["Name"]] }) == jsonencode({
      for rule, expected in {
        access-keys-rotated = ["ACCESS_KEYS_ROTATED", { maxAccessKeyAge = "90" }]
        cloudtrail-on       = ["MULTI_REGION_CLOUD_TRAIL_ENABLED", null]
        database-backed-up  = ["DB_INSTANCE_BACKUP_ENABLED", { backupRetentionMinimum = "7" }]
        database-encrypted  = ["RDS_STORAGE_ENCRYPTED", null]
        database-not-public = ["RDS_INSTANCE_PUBLIC_ACCESS_CHECK", null]
        disks-encrypted     = ["ENCRYPTED_VOLUMES", null]
        guardduty-on        = ["GUARDDUTY_ENABLED_CENTRALIZED", null]
        keys-rotate         = ["CMK_BACKING_KEY_ROTATION_ENABLED", null]
        no-administrators   = ["IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", null]
        root-has-mfa        = ["ROOT_ACCOUNT_MFA_ENABLED", null]
        s3-encrypted        = ["S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", null]
        s3-not-public       = ["S3_BUCKET_PUBLIC_READ_PROHIBITED", null]
        s3-tls              = ["S3_BUCKET_SSL_REQUESTS_ONLY", null]
        ssh-restricted      = ["INCOMING_SSH_DISABLED", null]
        tags-there          = ["REQUIRED_TAGS", { tag1Key = "Service", tag2Key = "Environment", tag3Key = "Owner", tag4Key = "CostCentre", tag5Key = "DataClass" }]
        users-have-mfa      = ["IAM_USER_MFA_ENABLED", null]
      } : rule => ["fieldday-production-${rule}", "AWS", expected[0], expected[1], "fieldday-production-${rule}"]
    })
    error_message = "A rule does not look at what the modules promise."
  }

  assert {
    condition = jsonencode({
      keys       = output.kms_key_arns
      recovery   = output.recovery_kms_key_arns
      secrets    = output.service_secret_arns
      acl        = output.web_acl_arn
      cloudfront = output.cloudfront_web_acl_arn
      roles      = output.role_arns
      boundary   = output.permissions_boundary_arn
      bucket     = output.audit_bucket
      trail      = output.trail_arn
      group      = output.trail_log_group_name
      detector   = output.detector_id
      }) == jsonencode({
      keys       = { for class, key in aws_kms_key.this : class => key.arn }
      recovery   = { for class, key in aws_kms_key.recovery : class => key.arn }
      secrets    = { for service in ["api", "payments"] : service => aws_secretsmanager_secret.service[service].arn }
      acl        = aws_wafv2_web_acl.regional.arn
      cloudfront = aws_wafv2_web_acl.cloudfront.arn
      roles = merge(
        { for role in ["drill", "provisioner", "release", "snapshots"] : role => aws_iam_role.automation[role].arn },
        { for role in ["break-glass", "operator", "viewer"] : role => aws_iam_role.human[role].arn },
      )
      boundary = aws_iam_policy.boundary.arn
      bucket   = "fieldday-production-audit-111122223333"
      trail    = aws_cloudtrail.this[0].arn
      group    = "/aws/cloudtrail/fieldday-production"
      detector = aws_guardduty_detector.this[0].id
    })
    error_message = "An output gives something else than it says."
  }
}

run "second_environment_of_an_account" {
  variables {
    account_baseline     = false
    recovery_region      = null
    rotation             = null
    human_principal_arns = ["arn:aws:iam::111122223333:role/people"]
    rate_limit_overall   = 600
    tags = {
      Service     = "security"
      Environment = "staging"
      Owner       = "platform"
      CostCentre  = "platform"
      DataClass   = "internal"
    }
  }

  assert {
    condition = jsonencode([
      length(aws_kms_key.recovery), length(aws_kms_alias.recovery), length(aws_secretsmanager_secret_rotation.service), length(aws_lambda_permission.rotation),
      length(aws_s3_bucket.audit), length(aws_s3_bucket_ownership_controls.audit), length(aws_s3_bucket_public_access_block.audit), length(aws_s3_bucket_versioning.audit),
      length(aws_s3_bucket_object_lock_configuration.audit), length(aws_s3_bucket_server_side_encryption_configuration.audit), length(aws_s3_bucket_lifecycle_configuration.audit), length(aws_s3_bucket_policy.audit),
      length(aws_cloudtrail.this), length(aws_cloudwatch_log_group.trail), length(aws_iam_role.trail), length(aws_iam_role_policy.trail), length(aws_cloudwatch_log_metric_filter.trail), length(aws_cloudwatch_metric_alarm.trail),
      length(aws_guardduty_detector.this), length(aws_guardduty_detector_feature.this), length(aws_cloudwatch_event_rule.finding), length(aws_cloudwatch_event_target.finding),
      length(aws_config_configuration_recorder.this), length(aws_config_configuration_recorder_status.this), length(aws_config_delivery_channel.this), length(aws_config_config_rule.this), length(aws_iam_role.config), length(aws_iam_role_policy.config), length(aws_iam_role_policy_attachment.config),
      length(aws_iam_account_password_policy.this), length(aws_ebs_encryption_by_default.this), length(aws_s3_account_public_access_block.this), length(aws_accessanalyzer_analyzer.this),
    ]) == jsonencode([for nothing in range(33) : 0])
    error_message = "A second environment sets up again what an account has once, or something for a recovery region or a rotation that there is not."
  }

  assert {
    condition     = jsonencode([output.audit_bucket, output.trail_arn, output.trail_log_group_name, output.detector_id, output.recovery_kms_key_arns]) == jsonencode([null, null, null, null, {}])
    error_message = "An output names what there is not."
  }

  assert {
    condition     = jsonencode({ for service, one in aws_secretsmanager_secret.service : service => [one.name, length(one.replica)] }) == jsonencode({ api = ["fieldday/staging/api", 0], payments = ["fieldday/staging/payments", 0] })
    error_message = "Staging's secrets are production's."
  }

  assert {
    condition = alltrue([for role, one in aws_iam_role.human : jsonencode([jsondecode(one.assume_role_policy).Statement[0].Principal, jsondecode(one.assume_role_policy).Statement[0].Condition.Bool]) == jsonencode(
      [{ AWS = ["arn:aws:iam::111122223333:role/people"] }, { "aws:MultiFactorAuthPresent" = "true" }]
    )])
    error_message = "Others than the named people may take a role."
  }

  assert {
    condition = jsonencode({
      for rule in aws_wafv2_web_acl.regional.rule : rule.name => [rule.statement[0].rate_based_statement[0].limit, rule.statement[0].rate_based_statement[0].scope_down_statement[*].byte_match_statement[0].search_string] if startswith(rule.name, "rate")
    }) == jsonencode({ rate-api = [1200, ["api.staging.fieldday.example"]], rate-overall = [600, []], rate-payments = [60, ["payments.staging.fieldday.example"]] })
    error_message = "Staging's hosts are not those of its charts."
  }

  assert {
    condition     = jsonencode(slice([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : try(statement.Condition, {}) if statement.Sid == "NoOtherRegion"], 0, 1)) == jsonencode([{ StringNotEquals = { "aws:RequestedRegion" = ["us-east-1"] } }])
    error_message = "Without a recovery region the boundary lets others through."
  }
}
