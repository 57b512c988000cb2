# Default values of the tests in this folder.
name                     = "fieldday-test"
vpc_id                   = "vpc-0a1b2c3d4e5f60718"
subnet_ids               = ["subnet-a", "subnet-b"]
target_security_group_id = "sg-nodes"
certificate_arn          = "arn:aws:acm:us-east-1:111122223333:certificate/edge"
logs_bucket              = "fieldday-test-logs"
web_acl_arn              = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/fieldday-test/0a1b2c3d"

tags = {
  Service     = "edge"
  Environment = "test"
  Owner       = "platform"
  CostCentre  = "platform"
  DataClass   = "internal"
}
