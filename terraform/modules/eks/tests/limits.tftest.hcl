# The least and the most that is accepted.
mock_provider "aws" {
  mock_resource "aws_eks_cluster" {
    defaults = { identity = [{ oidc = [{ issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/0A1B2C" }] }] }
  }
}

variables {
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
}

run "least" {
  command = plan
  variables {
    subnet_ids   = ["subnet-a", "subnet-b"]
    service_cidr = "172.16.0.0/24"
    node_groups = {
      general = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 2, disk_gib = 20 }
      other   = { instance_types = ["m7i.large"], min = 0, desired = 0, max = 1, taints = [{ key = "a", value = "b", effect = "NO_EXECUTE" }, { key = "c", value = "d", effect = "PREFER_NO_SCHEDULE" }] }
    }
  }

  assert {
    condition     = aws_eks_node_group.this["other"].scaling_config[0].max_size == 1 && aws_launch_template.node["general"].block_device_mappings[0].ebs[0].volume_size == 20
    error_message = "The least is not given."
  }
}

run "most" {
  command = plan
  variables {
    service_cidr = "172.16.0.0/12"
    access_entries = {
      a = { principal_arn = "arn:aws:iam::111122223333:role/a", policy = "AmazonEKSClusterAdminPolicy" }
      b = { principal_arn = "arn:aws:iam::111122223333:role/b", policy = "AmazonEKSAdminPolicy" }
      c = { principal_arn = "arn:aws:iam::111122223333:role/c", policy = "AmazonEKSAdminViewPolicy" }
      d = { principal_arn = "arn:aws:iam::111122223333:role/d", policy = "AmazonEKSEditPolicy" }
      e = { principal_arn = "arn:aws:iam::111122223333:role/e", policy = "AmazonEKSViewPolicy" }
    }
  }

  assert {
    condition     = aws_eks_cluster.this.kubernetes_network_config[0].service_ipv4_cidr == "172.16.0.0/12" && length(aws_eks_access_policy_association.this) == 5
    error_message = "The most is not given."
  }
}
