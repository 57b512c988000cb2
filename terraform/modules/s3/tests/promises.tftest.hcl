# What the module promises, with mocks instead of AWS: no bucket is public, everything is encrypted
# with its own key, versions can be had back, copies are in a second region.
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
}

variables {
  name                        = "fieldday-production"
  kms_key_arn                 = "arn:aws:kms:us-east-1:111122223333:key/data"
  assets_kms_key_arn          = "arn:aws:kms:us-east-1:111122223333:key/assets"
  recovery_region             = "us-west-2"
  recovery_kms_key_arn        = "arn:aws:kms:us-west-2:111122223333:key/data"
  recovery_assets_kms_key_arn = "arn:aws:kms:us-west-2:111122223333:key/assets"
  upload_origins              = ["https://app.fieldday.example"]
  aliases                     = ["static.fieldday.example"]
  certificate_arn             = "arn:aws:acm:us-east-1:111122223333:certificate/static"
  web_acl_arn                 = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/static/1"
  permissions_boundary_arn    = "arn:aws:iam::111122223333:policy/boundary"
  tags = {
    Service     = "files"
    Environment = "production"
    Owner       = "platform"
    CostCentre  = "platform"
    DataClass   = "transactional"
  }
}

run "production" {
  assert {
    condition = jsonencode({ for name, one in aws_s3_bucket.this : name => [one.bucket, one.region, one.force_destroy, one.object_lock_enabled, one.tags["DataClass"]] }) == jsonencode({
      assets           = ["fieldday-production-assets-111122223333", "us-east-1", false, false, "public"]
      assets-recovery  = ["fieldday-production-assets-recovery-111122223333", "us-west-2", false, false, "public"]
      backups          = ["fieldday-production-backups-111122223333", "us-east-1", false, true, "transactional"]
      backups-recovery = ["fieldday-production-backups-recovery-111122223333", "us-west-2", false, true, "transactional"]
      logs             = ["fieldday-production-logs-111122223333", "us-east-1", false, false, "internal"]
      reports          = ["fieldday-production-reports-111122223333", "us-east-1", false, false, "internal"]
      reports-recovery = ["fieldday-production-reports-recovery-111122223333", "us-west-2", false, false, "internal"]
      uploads          = ["fieldday-production-uploads-111122223333", "us-east-1", false, false, "transactional"]
      uploads-recovery = ["fieldday-production-uploads-recovery-111122223333", "us-west-2", false, false, "transactional"]
    })
    error_message = "The buckets are not the five and their copies, each in its region."
  }

  assert {
    condition = alltrue([for name, one in aws_s3_bucket_public_access_block.this : jsonencode([
      one.bucket, one.region, one.block_public_acls, one.block_public_policy, one.ignore_public_acls, one.restrict_public_buckets,
    ]) == jsonencode([aws_s3_bucket.this[name].id, aws_s3_bucket.this[name].region, true, true, true, true])]) && length(aws_s3_bucket_public_access_block.this) == 9
    error_message = "A bucket may be made public."
  }

  assert {
    condition = alltrue([for name, one in aws_s3_bucket_ownership_controls.this : jsonencode([one.bucket, one.region, one.rule[0].object_ownership]) == jsonencode(
      [aws_s3_bucket.this[name].id, aws_s3_bucket.this[name].region, "BucketOwnerEnforced"]
    )]) && length(aws_s3_bucket_ownership_controls.this) == 9
    error_message = "A bucket lets access lists decide."
  }

  assert {
    condition = alltrue([for name, one in aws_s3_bucket_versioning.this : jsonencode([one.bucket, one.region, one.versioning_configuration[0].status]) == jsonencode(
      [aws_s3_bucket.this[name].id, aws_s3_bucket.this[name].region, "Enabled"]
    )]) && length(aws_s3_bucket_versioning.this) == 9
    error_message = "A bucket keeps no versions."
  }

  assert {
    condition = jsonencode({
      for name, one in aws_s3_bucket_server_side_encryption_configuration.this : name => [
        for rule in one.rule : [rule.apply_server_side_encryption_by_default[0].sse_algorithm, rule.apply_server_side_encryption_by_default[0].sse_algorithm == "AES256" ? null : rule.apply_server_side_encryption_by_default[0].kms_master_key_id, rule.bucket_key_enabled, one.region, one.bucket == aws_s3_bucket.this[name].id]
      ]
      }) == jsonencode({
      assets           = [["aws:kms", "arn:aws:kms:us-east-1:111122223333:key/assets", true, "us-east-1", true]]
      assets-recovery  = [["aws:kms", "arn:aws:kms:us-west-2:111122223333:key/assets", true, "us-west-2", true]]
      backups          = [["aws:kms", "arn:aws:kms:us-east-1:111122223333:key/data", true, "us-east-1", true]]
      backups-recovery = [["aws:kms", "arn:aws:kms:us-west-2:111122223333:key/data", true, "us-west-2", true]]
      logs             = [["AES256", null, false, "us-east-1", true]]
      reports          = [["aws:kms", "arn:aws:kms:us-east-1:111122223333:key/data", true, "us-east-1", true]]
      reports-recovery = [["aws:kms", "arn:aws:kms:us-west-2:111122223333:key/data", true, "us-west-2", true]]
      uploads          = [["aws:kms", "arn:aws:kms:us-east-1:111122223333:key/data", true, "us-east-1", true]]
      uploads-recovery = [["aws:kms", "arn:aws:kms:us-west-2:111122223333:key/data", true, "us-west-2", true]]
    })
    error_message = "A bucket is not encrypted with the key of its region."
  }

  assert {
    condition = jsonencode({ for name, one in aws_s3_bucket_object_lock_configuration.this : name => [one.bucket == aws_s3_bucket.this[name].id, one.region, one.rule[0].default_retention[0].mode, one.rule[0].default_retention[0].days] }) == jsonencode({
      backups          = [true, "us-east-1", "GOVERNANCE", 14]
      backups-recovery = [true, "us-west-2", "GOVERNANCE", 14]
    })
    error_message = "Backups can be deleted or overwritten."
  }

  assert {
    condition = jsonencode({ for name, one in aws_s3_bucket_logging.this : name => [one.bucket == aws_s3_bucket.this[name].id, one.region, one.target_bucket == aws_s3_bucket.this["logs"].id, one.target_prefix] }) == jsonencode({
      for name in ["assets", "backups", "reports", "uploads"] : name => [true, "us-east-1", true, "s3/${name}/"]
    })
    error_message = "Accesses to a bucket are not logged."
  }

  assert {
    condition = jsonencode([aws_s3_bucket_cors_configuration.uploads[0].bucket == aws_s3_bucket.this["uploads"].id, [for rule in aws_s3_bucket_cors_configuration.uploads[0].cors_rule : [
      rule.allowed_methods, rule.allowed_origins, rule.allowed_headers, rule.expose_headers, rule.max_age_seconds,
    ]]]) == jsonencode([true, [[["GET", "PUT"], ["https://app.fieldday.example"], ["content-type", "x-amz-*"], ["ETag"], 3600]]])
    error_message = "Other pages than the application's may use the uploads."
  }
}

run "lifecycle" {
  variables {
    backup_retention_days   = 45
    log_retention_days      = 400
    noncurrent_version_days = 60
  }

  assert {
    condition = alltrue([for name, one in aws_s3_bucket_lifecycle_configuration.this : jsonencode([
      one.bucket == aws_s3_bucket.this[name].id, one.region,
      one.rule[0].id, one.rule[0].status, length(one.rule[0].filter), one.rule[0].noncurrent_version_expiration[0].noncurrent_days, one.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation,
    ]) == jsonencode([true, aws_s3_bucket.this[name].region, "versions", "Enabled", 1, 60, 7])]) && length(aws_s3_bucket_lifecycle_configuration.this) == 9
    error_message = "Old versions and unfinished uploads stay for ever, or go too early."
  }

  assert {
    condition = jsonencode({
      for name, one in aws_s3_bucket_lifecycle_configuration.this : name => [
        one.rule[1].id, one.rule[1].status, length(one.rule[1].filter), { for move in one.rule[1].transition : move.storage_class => move.days },
        one.rule[1].expiration[0].days > 0 ? tostring(one.rule[1].expiration[0].days) : "never",
      ] if !endswith(name, "-recovery")
      }) == jsonencode({
      assets  = ["age", "Enabled", 1, {}, "never"]
      backups = ["age", "Enabled", 1, {}, "45"]
      logs    = ["age", "Enabled", 1, { GLACIER_IR = 90 }, "400"]
      reports = ["age", "Enabled", 1, { GLACIER_IR = 90 }, "never"]
      uploads = ["age", "Enabled", 1, { INTELLIGENT_TIERING = 30 }, "never"]
    })
    error_message = "Objects do not move to cheaper classes, or do not end, when they should."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this["uploads"].rule[1].expiration[0].expired_object_delete_marker && aws_s3_bucket_lifecycle_configuration.this["backups-recovery"].rule[1].expiration[0].days == 45
    error_message = "Delete markers without versions stay, or copies of backups outlive the backups."
  }
}

run "policies" {
  assert {
    condition = alltrue([
      for name, one in aws_s3_bucket_policy.this : jsonencode([one.bucket, one.region, slice(jsondecode(one.policy).Statement, 0, 2)]) == jsonencode([
        aws_s3_bucket.this[name].id,
        aws_s3_bucket.this[name].region,
        [
          {
            Sid       = "RefusePlainHttp"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = [aws_s3_bucket.this[name].arn, "${aws_s3_bucket.this[name].arn}/*"]
            Condition = { Bool = { "aws:SecureTransport" = "false" } }
          },
          {
            Sid       = "RefuseOldTls"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = [aws_s3_bucket.this[name].arn, "${aws_s3_bucket.this[name].arn}/*"]
            Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
          },
        ],
      ])
    ]) && length(aws_s3_bucket_policy.this) == 9
    error_message = "A bucket answers without TLS 1.2."
  }

  assert {
    condition = jsonencode({ for name, one in aws_s3_bucket_policy.this : name => slice(jsondecode(one.policy).Statement, 2, 3) if name != "logs" }) == jsonencode({
      for name, one in aws_s3_bucket.this : name => [{
        Sid       = "RefuseOtherKeys"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${one.arn}/*"
        Condition = {
          StringNotEqualsIfExists = {
            "s3:x-amz-server-side-encryption-aws-kms-key-id" = "arn:aws:kms:${endswith(name, "-recovery") ? "us-west-2" : "us-east-1"}:111122223333:key/${startswith(name, "assets") ? "assets" : "data"}"
          }
        }
      }] if name != "logs"
    })
    error_message = "A bucket takes objects that another key encrypts."
  }

  assert {
    condition = jsonencode({ for name, one in aws_s3_bucket_policy.this : name => slice(jsondecode(one.policy).Statement, 3, length(jsondecode(one.policy).Statement)) if name != "logs" }) == jsonencode({
      for name, one in aws_s3_bucket.this : name => !startswith(name, "assets") ? [] : [{
        Sid       = "LetTheDistributionRead"
        Effect    = "Allow"
        Principal = { Service = "cloudfront.amazonaws.com" }
        Action    = "s3:GetObject"
        Resource  = "${one.arn}/*"
        Condition = { StringEquals = { "aws:SourceArn" = aws_cloudfront_distribution.assets.arn } }
      }] if name != "logs"
    })
    error_message = "Somebody beside the distribution, for the assets alone, is let in by a bucket's policy."
  }

  assert {
    condition = jsonencode(slice(jsondecode(aws_s3_bucket_policy.this["logs"].policy).Statement, 2, length(jsondecode(aws_s3_bucket_policy.this["logs"].policy).Statement))) == jsonencode([
      {
        Sid       = "LetS3Log"
        Effect    = "Allow"
        Principal = { Service = "logging.s3.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.this["logs"].arn}/s3/*"
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      },
      {
        Sid       = "LetLoadBalancersLog"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource = [
          "${aws_s3_bucket.this["logs"].arn}/AWSLogs/111122223333/*",
          "${aws_s3_bucket.this["logs"].arn}/*/AWSLogs/111122223333/*",
        ]
      },
      {
        Sid       = "LetDeliveriesLog"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.this["logs"].arn}/*"
        Condition = {
          StringEquals = { "aws:SourceAccount" = "111122223333", "s3:x-amz-acl" = "bucket-owner-full-control" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:logs:*:111122223333:*" }
        }
      },
      {
        Sid       = "LetDeliveriesLook"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.this["logs"].arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = "111122223333" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:logs:*:111122223333:*" }
        }
      },
    ])
    error_message = "Others than S3, load balancers and log deliveries of this account may write logs, or these may not."
  }

  assert {
    condition = jsonencode({ for purpose, policy in output.services_policies : purpose => jsondecode(policy) }) == jsonencode({
      for purpose, actions in { reports = ["s3:GetObject", "s3:PutObject"], uploads = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"] } : purpose => {
        Version                         = "2012-10-17"
        Statement = [
          { Effect = "Allow", Action = actions, Resource = "${aws_s3_bucket.this[purpose].arn}/*" },
          { Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.this[purpose].arn },
          {
            Effect    = "Allow"
            Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
            Resource  = "arn:aws:kms:us-east-1:111122223333:key/data"
            Condition = { StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" } }
          },
        ]
      }
    })
    error_message = "A service may do more with a bucket than it has to."
  }
}

run "replication" {
  assert {
    condition = jsonencode({
      for name, one in aws_s3_bucket_replication_configuration.this : name => [
        one.bucket == aws_s3_bucket.this[name].id,
        one.role == aws_iam_role.replication[0].arn,
        [for rule in one.rule : [
          rule.id, rule.status, length(rule.filter), rule.delete_marker_replication[0].status, rule.source_selection_criteria[0].sse_kms_encrypted_objects[0].status,
          rule.destination[0].bucket == aws_s3_bucket.this["${name}-recovery"].arn, rule.destination[0].storage_class, rule.destination[0].encryption_configuration[0].replica_kms_key_id,
          rule.destination[0].replication_time[0].status, rule.destination[0].replication_time[0].time[0].minutes, rule.destination[0].metrics[0].status, rule.destination[0].metrics[0].event_threshold[0].minutes,
        ]],
      ]
      }) == jsonencode({
      for name in ["assets", "backups", "reports", "uploads"] : name => [
        true, true, [["recovery", "Enabled", 1, "Enabled", "Enabled", true, "STANDARD_IA", "arn:aws:kms:us-west-2:111122223333:key/${name == "assets" ? "assets" : "data"}", "Enabled", 15, "Enabled", 15]],
      ]
    })
    error_message = "Objects are not copied to the recovery region within 15 minutes."
  }

  assert {
    condition = jsonencode([
      aws_iam_role.replication[0].name, aws_iam_role.replication[0].permissions_boundary, aws_iam_role_policy.replication[0].role, aws_iam_role_policy.replication[0].name, jsondecode(aws_iam_role.replication[0].assume_role_policy),
      ]) == jsonencode([
      "fieldday-production-s3-replication", "arn:aws:iam::111122223333:policy/boundary", "fieldday-production-s3-replication", "copy-objects",
      {
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = "sts:AssumeRole"
          Principal = { Service = "s3.amazonaws.com" }
          Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
        }]
      },
    ])
    error_message = "Others than S3 for this account may take the replication role."
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.replication[0].policy)) == jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "ReadTheRules"
          Effect   = "Allow"
          Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
          Resource = [for name in ["assets", "backups", "reports", "uploads"] : aws_s3_bucket.this[name].arn]
        },
        {
          Sid    = "ReadTheOriginals"
          Effect = "Allow"
          Action = [
            "s3:GetObjectLegalHold",
            "s3:GetObjectRetention",
            "s3:GetObjectVersionAcl",
            "s3:GetObjectVersionForReplication",
            "s3:GetObjectVersionTagging",
          ]
          Resource = [for name in ["assets", "backups", "reports", "uploads"] : "${aws_s3_bucket.this[name].arn}/*"]
        },
        {
          Sid      = "WriteTheCopies"
          Effect   = "Allow"
          Action   = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
          Resource = [for name in ["assets", "backups", "reports", "uploads"] : "${aws_s3_bucket.this["${name}-recovery"].arn}/*"]
        },
        {
          Sid       = "DecryptTheOriginals"
          Effect    = "Allow"
          Action    = "kms:Decrypt"
          Resource  = ["arn:aws:kms:us-east-1:111122223333:key/assets", "arn:aws:kms:us-east-1:111122223333:key/data"]
          Condition = { StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" } }
        },
        {
          Sid       = "EncryptTheCopies"
          Effect    = "Allow"
          Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
          Resource  = ["arn:aws:kms:us-west-2:111122223333:key/assets", "arn:aws:kms:us-west-2:111122223333:key/data"]
          Condition = { StringEquals = { "kms:ViaService" = "s3.us-west-2.amazonaws.com" } }
        },
      ]
    })
    error_message = "The replication role may do more or less than copy objects."
  }
}

run "distribution" {
  assert {
    condition = jsonencode({
      comment      = aws_cloudfront_distribution.assets.comment
      enabled      = aws_cloudfront_distribution.assets.enabled
      ipv6         = aws_cloudfront_distribution.assets.is_ipv6_enabled
      http         = aws_cloudfront_distribution.assets.http_version
      price_class  = aws_cloudfront_distribution.assets.price_class
      aliases      = aws_cloudfront_distribution.assets.aliases
      web_acl      = aws_cloudfront_distribution.assets.web_acl_id
      root         = aws_cloudfront_distribution.assets.default_root_object
      certificate  = [for one in aws_cloudfront_distribution.assets.viewer_certificate : [one.acm_certificate_arn, one.cloudfront_default_certificate, one.minimum_protocol_version, one.ssl_support_method]]
      restrictions = aws_cloudfront_distribution.assets.restrictions[0].geo_restriction[0].restriction_type
      }) == jsonencode({
      comment      = "Static assets of fieldday-production"
      enabled      = true
      ipv6         = true
      http         = "http2and3"
      price_class  = "PriceClass_100"
      aliases      = ["static.fieldday.example"]
      web_acl      = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/static/1"
      root         = "index.html"
      certificate  = [["arn:aws:acm:us-east-1:111122223333:certificate/static", false, "TLSv1.2_2021", "sni-only"]]
      restrictions = "none"
    })
    error_message = "The distribution is not guarded by its web ACL and TLS 1.2."
  }

  assert {
    condition = jsonencode([
      { for one in aws_cloudfront_distribution.assets.origin : one.origin_id => [one.domain_name, one.origin_access_control_id] },
      [for one in aws_cloudfront_distribution.assets.origin_group : [one.origin_id, sort([for code in one.failover_criteria[0].status_codes : tostring(code)]), one.member[*].origin_id]],
      ]) == jsonencode([
      { for name in ["assets", "assets-recovery"] : name => [aws_s3_bucket.this[name].bucket_regional_domain_name, aws_cloudfront_origin_access_control.assets.id] },
      [["assets-with-recovery", ["500", "502", "503", "504"], ["assets", "assets-recovery"]]],
    ])
    error_message = "Assets are not read from the bucket with a signature, and from the copy when the region is away."
  }

  assert {
    condition = jsonencode([
      for one in concat(aws_cloudfront_distribution.assets.default_cache_behavior, aws_cloudfront_distribution.assets.ordered_cache_behavior) : [
        one.target_origin_id, one.allowed_methods, one.cached_methods, one.viewer_protocol_policy, one.compress, one.cache_policy_id, one.response_headers_policy_id,
      ]
      ]) == jsonencode([
      for age in ["long", "short", "short"] : [
        "assets-with-recovery", ["GET", "HEAD", "OPTIONS"], ["GET", "HEAD"], "redirect-to-https", true, aws_cloudfront_cache_policy.this[age].id, aws_cloudfront_response_headers_policy.this[age].id,
      ]
    ])
    error_message = "Assets are not kept long, pages not shortly, or either comes over plain HTTP."
  }

  assert {
    condition     = aws_cloudfront_distribution.assets.ordered_cache_behavior[*].path_pattern == tolist(["*.html", "*.json"])
    error_message = "Pages and manifests are kept as long as assets."
  }

  assert {
    condition = jsonencode({
      for age, one in aws_cloudfront_cache_policy.this : age => [
        one.name, one.comment, one.min_ttl, one.default_ttl, one.max_ttl,
        [for key in one.parameters_in_cache_key_and_forwarded_to_origin : [
          key.enable_accept_encoding_brotli, key.enable_accept_encoding_gzip, key.cookies_config[0].cookie_behavior, key.headers_config[0].header_behavior, key.query_strings_config[0].query_string_behavior,
        ]],
      ]
      }) == jsonencode({
      for age, seconds in { long = 31536000, short = 60 } : age => [
        "fieldday-production-${age}", "Kept for ${seconds} s; no cookie, header or query string tells answers apart", 1, seconds, seconds, [[true, true, "none", "none", "none"]],
      ]
    })
    error_message = "Assets are not cached for a year, pages not for a minute."
  }

  assert {
    condition = jsonencode({
      for age, one in aws_cloudfront_response_headers_policy.this : age => [
        one.name,
        [for item in one.custom_headers_config[0].items : [item.header, item.value, item.override]],
        [for headers in one.security_headers_config : [
          headers.content_security_policy[0].content_security_policy, headers.content_security_policy[0].override,
          headers.content_type_options[0].override,
          headers.frame_options[0].frame_option, headers.frame_options[0].override,
          headers.referrer_policy[0].referrer_policy, headers.referrer_policy[0].override,
          [for hsts in headers.strict_transport_security : [hsts.access_control_max_age_sec, hsts.include_subdomains, hsts.preload, hsts.override]],
        ]],
      ]
      }) == jsonencode({
      for age, header in { long = "public, max-age=31536000, immutable", short = "public, max-age=60" } : age => [
        "fieldday-production-${age}",
        [["Cache-Control", header, false]],
        [["default-src 'none'; frame-ancestors 'none'", false, true, "DENY", true, "strict-origin-when-cross-origin", true, [[63072000, true, true, true]]]],
      ]
    })
    error_message = "Browsers are not told to keep assets, or to be careful with them."
  }

  assert {
    condition = jsonencode([
      aws_cloudfront_origin_access_control.assets.name, aws_cloudfront_origin_access_control.assets.origin_access_control_origin_type,
      aws_cloudfront_origin_access_control.assets.signing_behavior, aws_cloudfront_origin_access_control.assets.signing_protocol,
    ]) == jsonencode(["fieldday-production-assets", "s3", "always", "sigv4"])
    error_message = "Requests to the bucket are not signed."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_delivery_source.assets.region, aws_cloudwatch_log_delivery_source.assets.name, aws_cloudwatch_log_delivery_source.assets.log_type, aws_cloudwatch_log_delivery_source.assets.resource_arn,
      aws_cloudwatch_log_delivery_destination.assets.region, aws_cloudwatch_log_delivery_destination.assets.name, aws_cloudwatch_log_delivery_destination.assets.output_format,
      aws_cloudwatch_log_delivery_destination.assets.delivery_destination_configuration[0].destination_resource_arn,
      aws_cloudwatch_log_delivery.assets.region, aws_cloudwatch_log_delivery.assets.delivery_source_name, aws_cloudwatch_log_delivery.assets.delivery_destination_arn,
      ]) == jsonencode([
      "us-east-1", "fieldday-production-assets", "ACCESS_LOGS", aws_cloudfront_distribution.assets.arn,
      "us-east-1", "fieldday-production-assets", "json", "${aws_s3_bucket.this["logs"].arn}/cloudfront",
      "us-east-1", "fieldday-production-assets", aws_cloudwatch_log_delivery_destination.assets.arn,
    ])
    error_message = "The distribution's accesses are not logged."
  }
}

run "outputs_and_tags" {
  assert {
    condition = jsonencode({
      names        = output.bucket_names
      arns         = output.bucket_arns
      logs         = output.logs_bucket
      copy_names   = output.replica_names
      copy_arns    = output.replica_arns
      distribution = [output.distribution_id, output.distribution_domain_name, output.distribution_zone_id]
      }) == jsonencode({
      names        = { for purpose in ["assets", "backups", "logs", "reports", "uploads"] : purpose => "fieldday-production-${purpose}-111122223333" }
      arns         = { for purpose in ["assets", "backups", "logs", "reports", "uploads"] : purpose => aws_s3_bucket.this[purpose].arn }
      logs         = "fieldday-production-logs-111122223333"
      copy_names   = { for purpose in ["assets", "backups", "reports", "uploads"] : purpose => "fieldday-production-${purpose}-recovery-111122223333" }
      copy_arns    = { for purpose in ["assets", "backups", "reports", "uploads"] : purpose => aws_s3_bucket.this["${purpose}-recovery"].arn }
      distribution = [aws_cloudfront_distribution.assets.id, aws_cloudfront_distribution.assets.domain_name, aws_cloudfront_distribution.assets.hosted_zone_id]
    })
    error_message = "An output gives something else than it says."
  }

  assert {
    condition = jsonencode({
      for resource, tags in {
        uploads      = aws_s3_bucket.this["uploads"].tags
        copy         = aws_s3_bucket.this["uploads-recovery"].tags
        role         = aws_iam_role.replication[0].tags
        source       = aws_cloudwatch_log_delivery_source.assets.tags
        destination  = aws_cloudwatch_log_delivery_destination.assets.tags
        delivery     = aws_cloudwatch_log_delivery.assets.tags
        distribution = merge(aws_cloudfront_distribution.assets.tags, { DataClass = "transactional", was = aws_cloudfront_distribution.assets.tags["DataClass"] })
      } : resource => jsonencode({ for key, value in tags : key => value if key != "was" }) == jsonencode(merge(var.tags, { Name = tags["Name"] })) ? "${tags["Name"]} ${try(tags["was"], "")}" : "tags missing"
      }) == jsonencode({
      uploads      = "fieldday-production-uploads-111122223333 "
      copy         = "fieldday-production-uploads-recovery-111122223333 "
      role         = "fieldday-production-s3-replication "
      source       = "fieldday-production-assets "
      destination  = "fieldday-production-assets "
      delivery     = "fieldday-production-assets "
      distribution = "fieldday-production-assets public"
    })
    error_message = "A resource lacks the tags or its name."
  }
}

run "development" {
  variables {
    recovery_region             = null
    recovery_kms_key_arn        = null
    recovery_assets_kms_key_arn = null
    upload_origins              = []
    aliases                     = []
    certificate_arn             = null
    web_acl_arn                 = null
    force_destroy               = true
    backup_lock_mode            = "COMPLIANCE"
    backup_lock_days            = 3
    tags = {
      Service     = "files"
      Environment = "development"
      Owner       = "platform"
      CostCentre  = "platform"
      DataClass   = "transactional"
    }
  }

  assert {
    condition     = jsonencode({ for name, one in aws_s3_bucket.this : name => one.force_destroy }) == jsonencode({ assets = true, backups = true, logs = true, reports = true, uploads = true })
    error_message = "Without a recovery region there are other buckets than the five, or they can't be removed."
  }

  assert {
    condition = jsonencode([
      length(aws_s3_bucket_replication_configuration.this), length(aws_iam_role.replication), length(aws_iam_role_policy.replication), length(aws_s3_bucket_cors_configuration.uploads), output.replica_names,
    ]) == jsonencode([0, 0, 0, 0, {}])
    error_message = "Something is made for a recovery region or a web page that there is not."
  }

  assert {
    condition = jsonencode([
      aws_cloudfront_distribution.assets.origin[*].origin_id, length(aws_cloudfront_distribution.assets.origin_group), aws_cloudfront_distribution.assets.default_cache_behavior[0].target_origin_id,
      [for one in aws_cloudfront_distribution.assets.viewer_certificate : [one.acm_certificate_arn, one.cloudfront_default_certificate, one.minimum_protocol_version, one.ssl_support_method]],
    ]) == jsonencode([["assets"], 0, "assets", [[null, true, "TLSv1", null]]])
    error_message = "The distribution does not stand with one bucket and CloudFront's own name."
  }

  assert {
    condition     = jsonencode([for one in aws_s3_bucket_object_lock_configuration.this : [one.rule[0].default_retention[0].mode, one.rule[0].default_retention[0].days]]) == jsonencode([["COMPLIANCE", 3]])
    error_message = "Backups are not locked as asked for."
  }
}
