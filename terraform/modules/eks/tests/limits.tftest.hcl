# The least and the most that is accepted.
mock_provider "aws" {
  mock_resource "aws_eks_cluster" {
    defaults = { identity = [{ oidc = [{ issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/0A1B2C" }] }] }
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
