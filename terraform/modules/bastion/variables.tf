variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "Network of the bastion."
  type        = string
}

variable "vpc_cidr" {
  description = "The network's addresses, in which it reaches databases."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr))
    error_message = "vpc_cidr: '${var.vpc_cidr}' is not an IPv4 network. Pass the network's CIDR."
  }
}

variable "subnet_ids" {
  description = "Private subnets, in any of which it runs: it needs no public address."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids: ${length(var.subnet_ids)} given. With two or more it survives the failure of a zone: pass the network's private subnets."
  }
}

variable "running" {
  description = "Whether it runs. A stopped one costs nothing."
  type        = bool
  default     = true
}

variable "instance_type" {
  description = "Type of the instance, of the arm64 kind."
  type        = string
  default     = "t4g.micro"

  validation {
    condition     = can(regex("^[a-z]+[0-9]g[a-z]*\\.[a-z0-9]+$", var.instance_type))
    error_message = "instance_type: '${var.instance_type}' is not an arm64 type, which the image needs. Use one such as t4g.micro."
  }
}

variable "ssh_cidrs" {
  description = "Networks that may connect by SSH, with keys of EC2 Instance Connect. Empty: no way in but SSM Session Manager, and no SSH server."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrnetmask(cidr)) && tonumber(split("/", cidr)[1]) >= 16])
    error_message = "ssh_cidrs: [${join(", ", var.ssh_cidrs)}] has an entry that is not an IPv4 network or is wider than /16. Name the networks that need it, or none."
  }
}

variable "database_ports" {
  description = "Ports to which it may connect within the network."
  type        = set(number)
  default     = [5432, 6379]

  validation {
    condition     = alltrue([for port in var.database_ports : port >= 1 && port <= 65535])
    error_message = "database_ports: [${join(", ", var.database_ports)}] has an entry that is not a port. Use 1 to 65535."
  }
}

variable "kms_key_arn" {
  description = "KMS key of the disk and of sessions."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key of the sessions' log group. Its policy must permit CloudWatch Logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn: '${var.log_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_retention_days" {
  description = "Days for which what was typed in sessions is kept."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days >= 90
    error_message = "log_retention_days: ${var.log_retention_days} is too short to investigate an incident. Keep at least 90 days: 90, 180, 365 or 731."
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
