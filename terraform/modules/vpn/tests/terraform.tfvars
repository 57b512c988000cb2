# Default values of the tests in this folder.
name                             = "fieldday-test"
vpc_id                           = "vpc-0a1b2c3d4e5f60718"
vpc_cidr                         = "10.0.0.0/16"
subnet_ids                       = ["subnet-a", "subnet-b"]
client_cidr                      = "10.200.0.0/22"
server_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/server"
client_certificate_authority_arn = "arn:aws:acm:us-east-1:111122223333:certificate/clients"
log_kms_key_arn                  = "arn:aws:kms:us-east-1:111122223333:key/logs"

authorizations = {
  network = { cidr = "10.0.0.0/16" }
}

tags = {
  Service     = "vpn"
  Environment = "test"
  Owner       = "platform"
  CostCentre  = "platform"
  DataClass   = "internal"
}
