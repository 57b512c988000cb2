environment = "staging"
vpc_cidr    = "10.20.0.0/16"
zones       = ["us-east-1a", "us-east-1b", "us-east-1c"]

database = {
  instance_class = "db.t3.micro"
  storage_gb     = 20
  backup_days    = 7
  multi_az       = false
}
