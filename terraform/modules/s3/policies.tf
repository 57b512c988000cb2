locals {
  # Of every bucket: TLS 1.2 at least, and no other key than the bucket's.
  common_statements = {
    for name, bucket in local.buckets : name => concat(
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
      [
        for key in [bucket.key] : {
          Sid       = "RefuseOtherKeys"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.this[name].arn}/*"
          Condition = { StringNotEqualsIfExists = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = key } }
        } if bucket.purpose != "logs"
      ],
    )
  }

  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
  assets_statements = {
    for name, bucket in local.buckets : name => {
      Sid       = "LetTheDistributionRead"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.this[name].arn}/*"
      Condition = { StringEquals = { "aws:SourceArn" = aws_cloudfront_distribution.assets.arn } }
    } if bucket.purpose == "assets"
  }

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
  logs_statements = [
    {
      Sid       = "LetS3Log"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.this["logs"].arn}/s3/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    },
    {
      Sid       = "LetLoadBalancersLog"
      Effect    = "Allow"
      Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = [for folder in ["", "*/"] : "${aws_s3_bucket.this["logs"].arn}/${folder}AWSLogs/${local.account}/*"]
    },
    {
      Sid       = "LetDeliveriesLog"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.this["logs"].arn}/*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account, "s3:x-amz-acl" = "bucket-owner-full-control" }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:logs:*:${local.account}:*" }
      }
    },
    {
      Sid       = "LetDeliveriesLook"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = aws_s3_bucket.this["logs"].arn
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:logs:*:${local.account}:*" }
      }
    },
  ]

  bucket_policies = {
    for name, bucket in local.buckets : name => jsonencode({
      Version = "2012-10-17"
      Statement = concat(
        local.common_statements[name],
        [for owner, statement in local.assets_statements : statement if owner == name],
        [for statement in local.logs_statements : statement if bucket.purpose == "logs"],
      )
    })
  }

  # What a service may do with the objects of a bucket; reports are evidence, which stays.
  service_actions = {
    reports = ["s3:GetObject", "s3:PutObject"]
    uploads = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
  }

  services_policies = {
    for purpose, actions in local.service_actions : purpose => {
      Version = "2012-10-17"
      Statement = [
        { Effect = "Allow", Action = actions, Resource = "${aws_s3_bucket.this[purpose].arn}/*" },
        { Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.this[purpose].arn },
        {
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource  = var.kms_key_arn
          Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.region}.amazonaws.com" } }
        },
      ]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  region = each.value.region
  bucket = aws_s3_bucket.this[each.key].id
  policy = local.bucket_policies[each.key]

  depends_on = [aws_s3_bucket_public_access_block.this]
}
