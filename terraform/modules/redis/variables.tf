variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "The network of the security group."
  type        = string

  validation {
    condition     = can(regex("^vpc-", var.vpc_id))
    error_message = "vpc_id: '${var.vpc_id}' is not an id of a VPC. It begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "The cache subnets, in at least two zones."
  type        = list(string)

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids: ${length(distinct(var.subnet_ids))} given. Use subnets in at least two zones, or nothing can fail over."
  }
}

variable "allowed_security_group_ids" {
  description = "Who may connect: the security group's id by what it belongs to, such as {nodes = \"sg-...\"}. No other address can."
  type        = map(string)

  validation {
    condition     = length(var.allowed_security_group_ids) > 0
    error_message = "allowed_security_group_ids: empty, so nobody could connect. Name at least the nodes' security group."
  }
}

variable "engine" {
  description = "valkey or redis."
  type        = string
  default     = "valkey"

  validation {
    condition     = contains(["valkey", "redis"], var.engine)
    error_message = "engine: '${var.engine}' is unknown. Use valkey or redis."
  }
}

variable "engine_version" {
  description = "Version of the engine, 7.1 (Redis), 7.2 or 8.x (Valkey); IAM authentication needs at least 7."
  type        = string
  default     = "8.1"

  validation {
    condition     = can(regex("^[7-9]\\.[0-9]+$", var.engine_version))
    error_message = "engine_version: '${var.engine_version}' is not a version from 7 on. Write one such as 8.1."
  }
}

variable "node_type" {
  description = "Size of a node, such as cache.r7g.large."
  type        = string

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "node_type: '${var.node_type}' is not a type of ElastiCache. Write one such as cache.r7g.large."
  }
}

variable "replicas" {
  description = "Replicas beside the primary, 0 to 5."
  type        = number
  default     = 2

  validation {
    condition     = contains([0, 1, 2, 3, 4, 5], var.replicas)
    error_message = "replicas: ${var.replicas} is not a whole number within 0 to 5."
  }
}

variable "multi_az" {
  description = "Nodes in several zones with automatic failover. Needs a replica."
  type        = bool
  default     = true
}

variable "users" {
  description = "Users by name, each with its access string. They authenticate with IAM, without passwords."
  type        = map(string)
  default     = { services = "on ~* &* +@all -@admin -@dangerous +info" }

  validation {
    condition     = length(var.users) > 0 && !contains(keys(var.users), "default")
    error_message = "users: ${length(var.users) == 0 ? "empty" : "'default' is the user without a name"}. Name at least one user of your own."
  }

  validation {
    condition     = alltrue([for access in values(var.users) : startswith(access, "on ")])
    error_message = "users: ${join(", ", [for user, access in var.users : user if !startswith(access, "on ")])} is not switched on. Start the access string with 'on '."
  }
}

variable "parameters" {
  description = "Further parameters of the engine by name."
  type        = map(string)
  default     = {}
}

variable "eviction_policy" {
  description = "What is evicted when memory is full: only keys with a time to live, so sessions without one stay."
  type        = string
  default     = "volatile-lru"

  validation {
    condition     = contains(["volatile-lru", "volatile-lfu", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "noeviction"], var.eviction_policy)
    error_message = "eviction_policy: '${var.eviction_policy}' is unknown. Use volatile-lru, volatile-lfu, volatile-ttl, allkeys-lru, allkeys-lfu or noeviction."
  }
}

variable "snapshot_retention_days" {
  description = "Days for which the daily snapshots are kept."
  type        = number
  default     = 30

  validation {
    condition     = var.snapshot_retention_days >= 1 && var.snapshot_retention_days <= 35
    error_message = "snapshot_retention_days: ${var.snapshot_retention_days} is not within 1 to 35, which ElastiCache allows. 0 would switch snapshots off."
  }
}

variable "snapshot_window" {
  description = "When the daily snapshot is taken, in UTC: hh:mm-hh:mm."
  type        = string
  default     = "02:00-03:00"

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.snapshot_window))
    error_message = "snapshot_window: '${var.snapshot_window}' is not a window. Write it in UTC as 02:00-03:00."
  }
}

variable "maintenance_window" {
  description = "When AWS may patch, in UTC: ddd:hh:mm-ddd:hh:mm."
  type        = string
  default     = "sun:05:00-sun:06:00"

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window))
    error_message = "maintenance_window: '${var.maintenance_window}' is not a window. Write it in UTC as sun:05:00-sun:06:00."
  }
}

variable "log_retention_days" {
  description = "Days for which the slow log and the engine's log are kept."
  type        = number
  default     = 365
}

variable "kms_key_arn" {
  description = "Key of what is on disk and in snapshots."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: '${var.kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_kms_key_arn" {
  description = "Key of the log groups; its policy has to permit CloudWatch Logs to use it."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn: '${var.log_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
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
