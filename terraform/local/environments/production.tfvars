environment = "production"
vpc_cidr    = "10.30.0.0/16"
zones       = ["us-east-1a", "us-east-1b", "us-east-1c"]

database = {
  instance_class = "db.r5.large"
  storage_gb     = 100
  backup_days    = 30
  multi_az       = true
}
