variable "name" {
  description = "Prefix of every name, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,29}$", var.name))
    error_message = "name: ${var.name} is not a usable prefix. Use 3 to 30 lower-case letters, digits and dashes, a letter first."
  }
}

variable "project_id" {
  description = "The project in which everything is created, such as fieldday-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id: ${var.project_id} is not a project's id. Use the id (not the name or the number), 6 to 30 lower-case letters, digits and dashes."
  }
}

variable "region" {
  description = "The region, such as us-east1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "region: ${var.region} is not a region. Use one such as us-east1, without a zone's letter."
  }
}

variable "labels" {
  description = "Labels of everything that supports them: service, environment, owner, cost_centre, data_class and any others."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["service", "environment", "owner", "cost_centre", "data_class"], keys(var.labels))) == 0
    error_message = "labels: ${join(", ", setsubtract(["service", "environment", "owner", "cost_centre", "data_class"], keys(var.labels)))} missing. Use all of service, environment, owner, cost_centre and data_class."
  }

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{1,63}$", value))])
    error_message = "labels: a key or value that Google Cloud refuses. Use lower-case letters, digits, _ and -, 63 at most, and a letter first in keys."
  }
}

variable "network_id" {
  description = "The network that functions send through."
  type        = string
}

variable "subnet_id" {
  description = "The subnet of functions."
  type        = string
}

variable "function_tag" {
  description = "The network tag that lets a function out, from the vpc module."
  type        = string
}

variable "key_id" {
  description = "The key that encrypts functions' sources and images."
  type        = string
}

variable "source_bucket" {
  description = "The bucket to which the release pipeline uploads functions' sources."
  type        = string
}

variable "functions" {
  description = "The functions by name: what each does, its source (an object with its generation, so that what runs is known), its entry point, what starts it (topic, a Pub/Sub topic's id; or invokers, who may call it), which secrets it reads (a variable's name = a secret's id and version)."
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

  validation {
    condition     = alltrue([for name in keys(var.functions) : can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", name))])
    error_message = "functions: ${join(", ", [for name in keys(var.functions) : name if !can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", name))])} is not a function's name. Use 3 to 20 lower-case letters, digits and dashes."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.timeout_seconds >= 1 && function.timeout_seconds <= (function.topic == null ? 3600 : 540)])
    error_message = "functions: ${join(", ", [for name, function in var.functions : "${name} (${function.timeout_seconds} s)" if !(function.timeout_seconds >= 1 && function.timeout_seconds <= (function.topic == null ? 3600 : 540))])} runs too long. At most 540 seconds when a message starts it, 3600 when called."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for secret in values(function.secrets) : can(regex("^[0-9]+$", secret.version))])])
    error_message = "functions: a secret's version must be a number: with latest, nobody knows which one runs."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for key in keys(function.environment) : !can(regex("(?i)(password|secret|token|api_?key)", key))])])
    error_message = "functions: ${join(", ", flatten([for name, function in var.functions : [for key in keys(function.environment) : "${name}'s ${key}" if can(regex("(?i)(password|secret|token|api_?key)", key))]]))} looks like a secret in plain text. Move it to secrets."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for member in values(function.invokers) : can(regex("^serviceAccount:", member))])])
    error_message = "functions: invokers must be serviceAccount:...; functions are called by programs inside the network alone."
  }
}
