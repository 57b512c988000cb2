# Default values of the tests in this folder.
name            = "fieldday-test"
function        = "hello"
description     = "Says hello"
source_file     = "./examples/basic/hello.py"
handler         = "hello.handler"
kms_key_arn     = "arn:aws:kms:us-east-1:111122223333:key/data"
log_kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/logs"

tags = {
  Service     = "functions"
  Environment = "test"
  Owner       = "platform"
  CostCentre  = "platform"
  DataClass   = "internal"
}
