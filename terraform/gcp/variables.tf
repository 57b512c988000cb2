# What has no default here must be in a var-file of environments/: Terraform names what is missing.

variable "environment" {
  description = "Which environment this is: development, staging or production."
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "environment: '${var.environment}' is unknown. Use development, staging or production."
  }
}

variable "project_id" {
  description = "The environment's project."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id: '${var.project_id}' is not a project's id. Write the id, not the name or the number."
  }
}

variable "project_number" {
  description = "The project's number, as `gcloud projects describe` shows it."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{6,20}$", var.project_number))
    error_message = "project_number: '${var.project_number}' is not a project's number. Write its digits, in quotes."
  }
}

variable "region" {
  description = "The region, such as us-east1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "region: '${var.region}' is not a region. Write one such as us-east1."
  }
}

variable "recovery_region" {
  description = "The second region, with copies of buckets, secrets and (with database.recovery_replica) the database."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.recovery_region)) && var.recovery_region != var.region
    error_message = "recovery_region: '${var.recovery_region}' must be a region other than '${var.region}', with which it would be lost. Write one such as us-west1."
  }
}

variable "domain" {
  description = "The services' domain, such as fieldday.example."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain: '${var.domain}' is not a domain. Write it without https:// and dots at its ends, such as fieldday.example."
  }
}

variable "dns_zone" {
  description = "The Cloud DNS zone of that domain; null if DNS is elsewhere, which then needs the records of the outputs."
  type        = string
  default     = null
}

variable "owner" {
  description = "The team that owns the environment (label owner)."
  type        = string
  default     = "platform"
}

variable "cost_centre" {
  description = "Who pays (label cost_centre)."
  type        = string
}

variable "deletion_protection" {
  description = "Whether cluster, database, cache and buckets refuse to be deleted."
  type        = bool
}

variable "key_protection" {
  description = "Where keys are kept: HSM or SOFTWARE."
  type        = string
  default     = "HSM"
}

variable "functions" {
  description = "Cloud Functions by name, as modules/functions takes them."
  type = map(object({
    description       = string
    runtime           = optional(string, "python313")
    entry_point       = string
    source_object     = string
    source_generation = number
    memory            = optional(string, "256Mi")
    cpu               = optional(string, "1")
    timeout_seconds   = optional(number, 60)
    max_instances     = optional(number, 10)
    environment       = optional(map(string), {})
    secrets           = optional(map(object({ secret_id = string, version = string })), {})
    topic             = optional(string)
    invokers          = optional(map(string), {})
  }))
  default = {}
}

variable "var_file_folder" {
  description = "Folder, below this one, whose var-files are searched for secrets before each plan."
  type        = string
  default     = "environments"
}
