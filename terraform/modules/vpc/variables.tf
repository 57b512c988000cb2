variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "cidr" {
  description = "Addresses of the network, /16 to /20: a quarter for each zone's private subnet, and what is left for public and database subnets."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr)) && can(regex("/(16|17|18|19|20)$", var.cidr))
    error_message = "cidr: '${var.cidr}' is not an IPv4 network from /16 to /20. Use one such as 10.0.0.0/16."
  }

  validation {
    condition     = try(cidrsubnet(var.cidr, 0, 0) == var.cidr, true)
    error_message = "cidr: '${var.cidr}' has bits set beyond its prefix. Write ${try(cidrsubnet(var.cidr, 0, 0), "the network's first address")}."
  }
}

variable "zones" {
  description = "Availability zones, two or three, in the order in which their subnets are numbered. Add at the end only: another order moves subnets."
  type        = list(string)

  validation {
    condition     = contains([2, 3], length(distinct(var.zones))) && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones: [${join(", ", var.zones)}] are not two or three different zones. Name each once, such as us-east-1a, us-east-1b, us-east-1c."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones instead of one in each. Cheaper; when its zone fails, no zone reaches the internet."
  type        = bool
  default     = false
}

variable "gateway_endpoints" {
  description = "AWS services that are reached without NAT through the route tables, at no cost."
  type        = set(string)
  default     = ["dynamodb", "s3"]

  validation {
    condition     = length(setsubtract(var.gateway_endpoints, ["dynamodb", "s3"])) == 0
    error_message = "gateway_endpoints: ${join(", ", setsubtract(var.gateway_endpoints, ["dynamodb", "s3"]))} has no gateway endpoint. Put it into interface_endpoints."
  }
}

variable "interface_endpoints" {
  description = "AWS services that are reached without NAT through network interfaces, one in each zone; each costs by the hour."
  type        = set(string)
  nullable    = false
  default = [
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "eks-auth",
    "kms",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
  ]

  validation {
    condition     = length(setintersection(var.interface_endpoints, ["dynamodb", "s3"])) == 0
    error_message = "interface_endpoints: ${join(", ", setintersection(var.interface_endpoints, ["dynamodb", "s3"]))} has a gateway endpoint, which costs nothing. Put it into gateway_endpoints."
  }
}

variable "flow_log_retention_days" {
  description = "Days for which the flow log is kept."
  type        = number
  default     = 365

  validation {
    condition     = var.flow_log_retention_days >= 90
    error_message = "flow_log_retention_days: ${var.flow_log_retention_days} is too short to investigate an incident. Keep at least 90 days: 90, 180, 365 or 731."
  }
}

variable "kms_key_arn" {
  description = "KMS key of the flow log's group. Its policy must permit CloudWatch Logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of this module's roles. Null: none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource. The keys Service, Environment, Owner, CostCentre and DataClass are required."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags))) == 0
    error_message = "tags: ${join(", ", setsubtract(["Service", "Environment", "Owner", "CostCentre", "DataClass"], keys(var.tags)))} missing. Every resource needs these keys: add them."
  }
}
