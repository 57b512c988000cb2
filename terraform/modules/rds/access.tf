locals {
  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
  connect_policies = {
    for user in var.iam_users : user => {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = "rds-db:connect"
        Resource = "arn:${data.aws_partition.current.partition}:rds-db:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:dbuser:${aws_db_instance.primary.resource_id}/${user}"
      }]
    }
  }
}
