variable "name" {
  description = "The cluster's name and the prefix of every other, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes version, such as 1.35. Raise it by one minor version at a time."
  type        = string

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version: '${var.kubernetes_version}' is not a minor version. Write it as 1.35, in quotes."
  }
}

variable "vpc_id" {
  description = "Network of the cluster."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, one a zone, for nodes and the control plane's interfaces."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids: ${length(var.subnet_ids)} given. A cluster needs subnets in at least two zones: pass the network's private subnets."
  }
}

variable "service_cidr" {
  description = "Addresses of Kubernetes Services, from 172.16.0.0/12 and outside of every network that pods talk to. It can't be changed later."
  type        = string
  default     = "172.20.0.0/16"

  validation {
    condition     = can(regex("^172\\.(1[6-9]|2[0-9]|3[01])\\.[0-9.]+/(1[2-9]|2[0-4])$", var.service_cidr)) && can(cidrnetmask(var.service_cidr))
    error_message = "service_cidr: '${var.service_cidr}' is not a network from /12 to /24 within 172.16.0.0/12. Use one such as 172.20.0.0/16."
  }
}

variable "public_access_cidrs" {
  description = "Addresses that may reach the API server from the internet. Empty: the private endpoint alone."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "public_access_cidrs: [${join(", ", var.public_access_cidrs)}] has an entry that is not an IPv4 network, or the whole internet. Name the networks that need it."
  }
}

variable "kms_key_arn" {
  description = "KMS key of Kubernetes Secrets, of the nodes' disks and of image repositories."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key of the control plane's log group. Its policy must permit CloudWatch Logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn: '${var.log_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_retention_days" {
  description = "Days for which the control plane's logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days >= 90
    error_message = "log_retention_days: ${var.log_retention_days} is too short to investigate an incident. Keep at least 90 days: 90, 180, 365 or 731."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the cluster until an apply has set this to false."
  type        = bool
  default     = true
}

variable "node_groups" {
  description = <<-EOT
    Managed node groups by name. `capacity_type` is ON_DEMAND or SPOT. Sizes count nodes over all
    zones; `desired` is where a new group begins, the cluster autoscaler moves it afterwards.
  EOT
  type = map(object({
    capacity_type  = optional(string, "ON_DEMAND")
    instance_types = list(string)
    ami_type       = optional(string, "AL2023_x86_64_STANDARD")
    min            = number
    desired        = number
    max            = number
    disk_gib       = optional(number, 50)
    labels         = optional(map(string), {})
    taints = optional(list(object({
      key    = string
      value  = string
      effect = string
    })), [])
  }))

  validation {
    condition     = alltrue([for group in var.node_groups : contains(["ON_DEMAND", "SPOT"], group.capacity_type)])
    error_message = "node_groups: capacity_type of ${join(", ", [for name, group in var.node_groups : name if !contains(["ON_DEMAND", "SPOT"], group.capacity_type)])} is neither ON_DEMAND nor SPOT. Use one of these."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.min <= group.desired && group.desired <= group.max && group.max >= 1])
    error_message = "node_groups: ${join(", ", [for name, group in var.node_groups : name if !(group.min <= group.desired && group.desired <= group.max && group.max >= 1)])} does not have min <= desired <= max with max at least 1. Put the three in order."
  }

  validation {
    condition     = anytrue([for group in var.node_groups : group.capacity_type == "ON_DEMAND" && group.min >= 2 && length(group.taints) == 0])
    error_message = "node_groups: no group has capacity_type ON_DEMAND, min of at least 2 and no taints, so the cluster's own pods could all be gone at once. Add such a group."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.capacity_type == "ON_DEMAND" || length(distinct(group.instance_types)) >= 3])
    error_message = "node_groups: ${join(", ", [for name, group in var.node_groups : name if group.capacity_type == "SPOT" && length(distinct(group.instance_types)) < 3])} asks for spot capacity of fewer than three instance types, and would often find none. Name three or more of alike size."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : alltrue([for taint in group.taints : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)])])
    error_message = "node_groups: a taint's effect is not NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE. Use one of these."
  }

  # Others have additional disks, which the launch template would leave unencrypted.
  validation {
    condition     = alltrue([for group in var.node_groups : startswith(group.ami_type, "AL2023_")])
    error_message = "node_groups: ami_type of ${join(", ", [for name, group in var.node_groups : name if !startswith(group.ami_type, "AL2023_")])} is not Amazon Linux 2023. Use AL2023_x86_64_STANDARD or AL2023_ARM_64_STANDARD."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.disk_gib >= 20])
    error_message = "node_groups: disk_gib of ${join(", ", [for name, group in var.node_groups : name if group.disk_gib < 20])} is under 20, the size of the image. Use 20 or more."
  }
}

variable "ingress_security_group_ids" {
  description = "Security groups whose members may reach pods on pod_port, by name: load balancers."
  type        = map(string)
  default     = {}
}

variable "pod_port" {
  description = "Port of the services' pods."
  type        = number
  default     = 8080
}

variable "api_security_group_ids" {
  description = "Security groups whose members reach the API server by its private endpoint, by name: the bastion, the VPN."
  type        = map(string)
  default     = {}
}

variable "access_entries" {
  description = <<-EOT
    Who may use the cluster, by a name of your own: an IAM role's ARN, with groups of the cluster's
    own roles (such as fieldday:operators), or an EKS access policy (such as AmazonEKSClusterAdminPolicy)
    for the whole cluster or for namespaces.
  EOT
  type = map(object({
    principal_arn     = string
    kubernetes_groups = optional(set(string), [])
    policy            = optional(string)
    namespaces        = optional(set(string), [])
  }))

  validation {
    condition     = anytrue([for entry in var.access_entries : entry.policy == "AmazonEKSClusterAdminPolicy" && length(entry.namespaces) == 0])
    error_message = "access_entries: nobody has AmazonEKSClusterAdminPolicy, and the creator of the cluster does not get it. Grant it to at least one role."
  }

  validation {
    condition = alltrue([
      for entry in var.access_entries : contains(
        ["AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"],
        coalesce(entry.policy, "AmazonEKSViewPolicy"),
      )
    ])
    error_message = "access_entries: a policy is none of AmazonEKSAdminPolicy, AmazonEKSAdminViewPolicy, AmazonEKSClusterAdminPolicy, AmazonEKSEditPolicy, AmazonEKSViewPolicy. Use one of these."
  }

  validation {
    condition     = alltrue([for entry in var.access_entries : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", entry.principal_arn))])
    error_message = "access_entries: ${join(", ", [for name, entry in var.access_entries : name if !can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", entry.principal_arn))])} names no IAM role. Use a role's ARN: users with keys of their own get no access."
  }
}

variable "services" {
  description = <<-EOT
    The services by name, each with its namespace and what its pods may do in AWS: IAM policies, as
    JSON, by what they are for. Each has the role <name>-<service> for its service account
    fieldday-<service>.
  EOT
  type = map(object({
    namespace = string
    policies  = optional(map(string), {})
  }))
  default = {}

  validation {
    condition = alltrue(flatten([
      for service in var.services : [
        for policy in service.policies : [
          for statement in jsondecode(policy).Statement : [
            for action in flatten([statement.Action]) : can(regex("^[a-z0-9-]+:[A-Za-z]+$", action))
          ]
        ]
      ]
    ]))
    error_message = "services: a policy has an action with a wildcard or without a service, such as s3:*. Name each action that the service needs, such as s3:GetObject."
  }
}

variable "external_secrets_policy" {
  description = "The policy, as JSON, by which the External Secrets operator reads the services' secrets."
  type        = string

  validation {
    condition     = can(jsondecode(var.external_secrets_policy).Statement)
    error_message = "external_secrets_policy: this is not an IAM policy in JSON. Pass the secrets' reader policy of the security module."
  }
}

variable "pod_identities" {
  description = "Further roles that pods have by EKS Pod Identity, by a name of your own: the role and the service account that has it."
  type = map(object({
    namespace       = string
    service_account = string
    role_arn        = string
  }))
  default = {}
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of this module's roles. Null: none."
  type        = string
  default     = null
}

variable "addon_versions" {
  description = "Versions of add-ons by name, such as {coredns = \"v1.13.1-eksbuild.1\"}. What is not named has the version that EKS recommends when it is made."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.addon_versions), ["amazon-cloudwatch-observability", "aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"])) == 0
    error_message = "addon_versions: ${join(", ", setsubtract(keys(var.addon_versions), ["amazon-cloudwatch-observability", "aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"]))} is not an add-on of this module. The module has amazon-cloudwatch-observability, aws-ebs-csi-driver, coredns, eks-pod-identity-agent, kube-proxy, metrics-server and vpc-cni."
  }
}

variable "container_insights" {
  description = "Send metrics of nodes and pods to CloudWatch, which the alarms on CPU and memory read."
  type        = bool
  default     = true
}

variable "image_repositories" {
  description = "Image repositories to make, such as fieldday/api. One environment's state holds them for all, since a release promotes one image through all environments."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.image_repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "image_repositories: [${join(", ", var.image_repositories)}] has an entry that is not a name of a repository. Use lower-case letters, digits and / - _ . between them."
  }
}

variable "image_reader_accounts" {
  description = "Other AWS accounts whose clusters may pull images from these repositories."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.image_reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "image_reader_accounts: [${join(", ", var.image_reader_accounts)}] has an entry that is not an account id. Write the twelve digits, in quotes."
  }
}

variable "tags" {
  description = "Tags of every resource. The keys Service, Environment, Owner, CostCentre and DataClass are required."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags))) == 0
    error_message = "tags: ${join(", ", setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags)))} missing. Every resource needs these keys: add them."
  }
}
