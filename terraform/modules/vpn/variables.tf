variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name: '${var.name}' is not a prefix for names. Use 3 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "Network that the VPN leads into."
  type        = string
}

variable "vpc_cidr" {
  description = "The network's addresses, the only ones that clients reach."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr))
    error_message = "vpc_cidr: '${var.vpc_cidr}' is not an IPv4 network. Pass the network's CIDR."
  }
}

variable "subnet_ids" {
  description = "Private subnets in which the VPN ends. Each costs by the hour; two or more outlive a zone."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "subnet_ids: none given, so nobody could connect. Pass one or more of the network's private subnets."
  }
}

variable "client_cidr" {
  description = "Addresses for clients, /12 to /22, outside of the network. It can't be changed later."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.client_cidr)) && can(regex("/(1[2-9]|2[0-2])$", var.client_cidr))
    error_message = "client_cidr: '${var.client_cidr}' is not an IPv4 network from /12 to /22. Use one such as 10.200.0.0/22."
  }
}

variable "server_certificate_arn" {
  description = "Certificate of the endpoint, in ACM."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:", var.server_certificate_arn))
    error_message = "server_certificate_arn: '${var.server_certificate_arn}' is not an ARN of a certificate in ACM. Import the certificate there and give its ARN."
  }
}

variable "client_certificate_authority_arn" {
  description = "Mutual TLS: certificate in ACM whose authority signs the clients' certificates. Null: clients have none."
  type        = string
  default     = null

  validation {
    condition     = var.client_certificate_authority_arn == null || can(regex("^arn:[a-z-]+:acm:", var.client_certificate_authority_arn))
    error_message = "client_certificate_authority_arn: this is not an ARN of a certificate in ACM. Import the authority's certificate there and give its ARN."
  }
}

variable "saml_provider_arn" {
  description = "Single sign-on: IAM identity provider whose users may connect, with groups. Null: no single sign-on."
  type        = string
  default     = null

  validation {
    condition     = var.saml_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:saml-provider/", var.saml_provider_arn))
    error_message = "saml_provider_arn: this is not an ARN of a SAML provider in IAM. Create the provider from your identity provider's metadata and use its ARN."
  }
}

variable "authorizations" {
  description = <<-EOT
    What clients reach, by a name of your own: addresses within the network, and the group (its id
    in the identity provider) that reaches them. Without a group everybody who may connect does.
  EOT
  type = map(object({
    cidr  = string
    group = optional(string)
  }))

  validation {
    condition     = length(var.authorizations) > 0 && alltrue([for rule in var.authorizations : can(cidrnetmask(rule.cidr)) && !endswith(rule.cidr, "/0")])
    error_message = "authorizations: there is none, or one is not an IPv4 network or all of them. Name the networks that clients reach, such as 10.0.0.0/16."
  }
}

variable "session_hours" {
  description = "Hours after which clients sign in again: 8, 10, 12 or 24."
  type        = number
  default     = 8

  validation {
    condition     = contains([8, 10, 12, 24], var.session_hours)
    error_message = "session_hours: ${var.session_hours} is not 8, 10, 12 or 24. Use one of these."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key of the connections' log group. Its policy must permit CloudWatch Logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn: '${var.log_kms_key_arn}' is not an ARN of a KMS key. Use the key's ARN, not its id or alias."
  }
}

variable "log_retention_days" {
  description = "Days for which it is kept who connected."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days >= 90
    error_message = "log_retention_days: ${var.log_retention_days} is too short to investigate an incident. Keep at least 90 days: 90, 180, 365 or 731."
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
