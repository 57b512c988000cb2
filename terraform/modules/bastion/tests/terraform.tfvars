# Default values of the tests in this folder.
name            = "fieldday-test"
vpc_id          = "vpc-0a1b2c3d4e5f60718"
vpc_cidr        = "10.0.0.0/16"
subnet_ids      = ["subnet-a", "subnet-b"]
kms_key_arn     = "arn:aws:kms:us-east-1:111122223333:key/data"
log_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/logs"

tags = {
  Service     = "bastion"
  Environment = "test"
  Owner       = "platform"
  CostCentre  = "platform"
  DataClass   = "internal"
}
