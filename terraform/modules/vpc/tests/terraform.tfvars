# Default values of the tests in this folder.
name        = "fieldday-test"
cidr        = "10.0.0.0/16"
zones       = ["us-east-1a", "us-east-1b", "us-east-1c"]
kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

tags = {
  Service     = "network"
  Environment = "test"
  Owner       = "platform"
  CostCentre  = "platform"
  DataClass   = "internal"
}
