# Default values of the tests in this folder.
name               = "fieldday-test"
kubernetes_version = "1.35"
vpc_id             = "vpc-0a1b2c3d4e5f60718"
subnet_ids         = ["subnet-a", "subnet-b", "subnet-c"]
kms_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/kubernetes"
log_kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/logs"

node_groups = {
  general = { instance_types = ["m7i.large"], min = 2, desired = 3, max = 6 }
  batch = {
    capacity_type  = "SPOT"
    instance_types = ["m7i.large", "m7a.large", "m6i.large"]
    ami_type       = "AL2023_ARM_64_STANDARD"
    min            = 0
    desired        = 1
    max            = 4
    disk_gib       = 80
    labels         = { "fieldday.io/tier" = "batch" }
    taints         = [{ key = "fieldday.io/tier", value = "batch", effect = "NO_SCHEDULE" }]
  }
}

access_entries = {
  administrators = {
    principal_arn = "arn:aws:iam::111122223333:role/platform-administrator"
    policy        = "AmazonEKSClusterAdminPolicy"
  }
  operators = {
    principal_arn     = "arn:aws:iam::111122223333:role/operator"
    kubernetes_groups = ["fieldday:operators"]
  }
  auditors = {
    principal_arn = "arn:aws:iam::111122223333:role/auditor"
    policy        = "AmazonEKSViewPolicy"
    namespaces    = ["test"]
  }
}

external_secrets_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:fieldday/test/*\"}]}"

services = {
  api = { namespace = "test" }
  analytics = {
    namespace = "test"
    policies = {
      events = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":\"arn:aws:s3:::events/*\"}]}"
    }
  }
}

tags = {
  Service     = "kubernetes"
  Environment = "test"
  Owner       = "platform"
  CostCentre  = "platform"
  DataClass   = "internal"
}
