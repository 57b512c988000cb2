# CloudFront's logs are delivered through CloudWatch's interface in us-east-1, wherever the bucket is.
resource "aws_cloudwatch_log_delivery_source" "assets" {
  region       = "us-east-1"
  name         = "${var.name}-assets"
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.assets.arn

  tags = merge(var.tags, { Name = "${var.name}-assets" })
}

resource "aws_cloudwatch_log_delivery_destination" "assets" {
  region        = "us-east-1"
  name          = "${var.name}-assets"
  output_format = "json"

  delivery_destination_configuration {
    destination_resource_arn = "${aws_s3_bucket.this["logs"].arn}/cloudfront"
  }

  tags = merge(var.tags, { Name = "${var.name}-assets" })
}

resource "aws_cloudwatch_log_delivery" "assets" {
  region                   = "us-east-1"
  delivery_source_name     = aws_cloudwatch_log_delivery_source.assets.name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.assets.arn

  tags = merge(var.tags, { Name = "${var.name}-assets" })

  # Without the bucket's policy the delivery is refused.
  depends_on = [aws_s3_bucket_policy.this]
}
