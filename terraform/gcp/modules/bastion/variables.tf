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

variable "zone" {
  description = "The zone of the machine, such as us-east1-b."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]-[a-z]$", var.zone))
    error_message = "zone: ${var.zone} is not a zone. Use one such as us-east1-b."
  }
}

variable "network_id" {
  description = "The network, from the vpc module."
  type        = string
}

variable "subnet_id" {
  description = "The bastion's subnet, without internet access."
  type        = string
}

variable "disk_key_id" {
  description = "The key that encrypts the disk."
  type        = string
}

variable "members" {
  description = "Who may log in, by a name for people: group:... as a rule."
  type        = map(string)

  validation {
    condition     = alltrue([for member in values(var.members) : can(regex("^(group|user|serviceAccount):[^@]+@[^@]+$", member))])
    error_message = "members: ${join(", ", [for member in values(var.members) : member if !can(regex("^(group|user|serviceAccount):[^@]+@[^@]+$", member))])} is not a principal. Use group:address, user:address or serviceAccount:address."
  }
}

variable "machine_type" {
  description = "The machine: it forwards connections, so a small one."
  type        = string
  default     = "e2-small"
}

variable "image" {
  description = "The system's image or image family. The machine can't fetch patches; `terraform apply -replace` recreates it from the family's newest image."
  type        = string
  default     = "projects/debian-cloud/global/images/family/debian-12"

  validation {
    condition     = startswith(var.image, "projects/")
    error_message = "image: ${var.image} could belong to anybody. Use its full name, projects/.../global/images/..."
  }
}

variable "deletion_protection" {
  description = "Whether Google refuses to delete the machine. It holds nothing, so false."
  type        = bool
  default     = false
}
