variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 21 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "Network of the load balancers."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets, one a zone; private ones where internal is true."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids: ${length(var.subnet_ids)} given. A load balancer needs subnets in at least two zones: pass the network's."
  }
}

variable "internal" {
  description = "Reached from private networks alone."
  type        = bool
  default     = false
}

variable "client_cidrs" {
  description = "Networks that may connect."
  type        = set(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.client_cidrs) > 0 && alltrue([for cidr in var.client_cidrs : can(cidrnetmask(cidr))])
    error_message = "client_cidrs: [${join(", ", var.client_cidrs)}] is empty or has an entry that is not an IPv4 network. Name the networks that may connect, 0.0.0.0/0 for all."
  }
}

variable "target_security_group_id" {
  description = "Security group of the pods that serve requests."
  type        = string
}

variable "target_port" {
  description = "Port of these pods."
  type        = number
  default     = 8080

  validation {
    condition     = var.target_port >= 1024 && var.target_port <= 65535
    error_message = "target_port: ${var.target_port} is not from 1024 to 65535, where unprivileged pods listen. Use 8080."
  }
}

variable "certificate_arn" {
  description = "Certificate in ACM for the hosts that are served."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:", var.certificate_arn))
    error_message = "certificate_arn: '${var.certificate_arn}' is not an ARN of a certificate in ACM. Use the certificate's ARN."
  }
}

variable "ssl_policy" {
  description = "TLS versions and ciphers that clients may use: a policy of TLS 1.2 with forward secrecy, or 1.3, and above."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

  validation {
    condition     = contains(["ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"], var.ssl_policy)
    error_message = "ssl_policy: '${var.ssl_policy}' permits broken ciphers, or does not exist. Use ELBSecurityPolicy-TLS13-1-2-Res-2021-06 or ELBSecurityPolicy-TLS13-1-3-2021-06."
  }
}

variable "logs_bucket" {
  description = "Bucket for access logs. Its policy must let load balancers write, and it must not be encrypted by a key of one's own, which they can't use."
  type        = string
}

variable "web_acl_arn" {
  description = "Web application firewall (WAF) in front, of scope REGIONAL."
  type        = string
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancers until an apply has set this to false."
  type        = bool
  default     = true
}

variable "ingress_group" {
  description = <<-EOT
    The group of Ingresses (alb.ingress.kubernetes.io/group.name) of a cluster whose rules AWS Load
    Balancer Controller puts here: it knows a load balancer of its own by these tags. Null: rules
    come from services alone.
  EOT
  type = object({
    cluster = string
    group   = string
  })
  default = null
}

variable "services" {
  description = <<-EOT
    Services without an Ingress, by name: their hosts, the priority of their rule, and the path that
    says whether a pod is well. Pods join the target group by a TargetGroupBinding.
  EOT
  type = map(object({
    hosts       = list(string)
    priority    = number
    health_path = optional(string, "/readyz")
  }))
  default = {}

  validation {
    condition     = length(distinct([for service in var.services : service.priority])) == length(var.services)
    error_message = "services: two have the same priority. Use each its own."
  }

  validation {
    condition     = alltrue([for service in var.services : length(service.hosts) >= 1 && length(service.hosts) <= 5])
    error_message = "services: ${join(", ", [for name, service in var.services : name if length(service.hosts) < 1 || length(service.hosts) > 5])} has no host or more than the five that a rule takes. Name one to five."
  }

  validation {
    condition     = alltrue([for name in keys(var.services) : can(regex("^[a-z][a-z0-9-]{0,15}$", name))])
    error_message = "services: a name is not of 1 to 16 lower-case letters, digits and hyphens. Shorten it."
  }
}

variable "fixed_addresses" {
  description = "Also make a network load balancer in front, with an address a zone that never changes: for partners with allow-lists."
  type        = bool
  default     = false
}

variable "idle_timeout_seconds" {
  description = "Seconds after which a connection without traffic is closed."
  type        = number
  default     = 60

  validation {
    condition     = var.idle_timeout_seconds >= 1 && var.idle_timeout_seconds <= 4000
    error_message = "idle_timeout_seconds: ${var.idle_timeout_seconds} is not from 1 to 4000. Use 60."
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
