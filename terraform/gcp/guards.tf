# Checks over several variables, before anything is planned.

locals {
  networks = merge(
    { for name, cidr in var.cidrs : "cidrs.${name}" => cidr },
    { for name, cidr in var.other_networks : "other_networks.${name}" => cidr },
  )
  network_names = sort(keys(local.networks))

  # Two networks overlap if they are the same up to the shorter prefix.
  overlaps = flatten([
    for index, one in local.network_names : [
      for other in slice(local.network_names, index + 1, length(local.network_names)) :
      "${one} (${local.networks[one]}) and ${other} (${local.networks[other]})"
      if try(
        cidrhost("${split("/", local.networks[one])[0]}/${min(split("/", local.networks[one])[1], split("/", local.networks[other])[1])}", 0)
        == cidrhost("${split("/", local.networks[other])[0]}/${min(split("/", local.networks[one])[1], split("/", local.networks[other])[1])}", 0),
        false,
      )
    ]
  ])

  # Terraform only warns of an undeclared variable, so a secret in a var-file would stay.
  secret_like_keys = flatten([
    for file in setunion(fileset(path.root, "*.tfvars"), fileset(path.root, "${var.var_file_folder}/*.tfvars")) : [
      for found in regexall("(?im)^[ \\t]*\"?([a-z0-9_-]*(?:passw(?:or)?d|secret|token|private_key|api_key|access_key|credential)s?)\"?[ \\t]*[=:]", file("${path.root}/${file}")) :
      "${found[0]} (${file})"
    ]
  ])

  missing_in_production = compact([
    length(var.zones) >= 3 ? "" : "zones: ${length(var.zones)} given, three needed",
    var.database.high_availability ? "" : "database.high_availability: false",
    var.database.recovery_replica ? "" : "database.recovery_replica: false",
    var.database.backup_count >= 30 ? "" : "database.backup_count: ${var.database.backup_count}, 30 needed",
    var.cache.high_availability ? "" : "cache.high_availability: false",
    var.deletion_protection ? "" : "deletion_protection: false",
    var.key_protection == "HSM" ? "" : "key_protection: ${var.key_protection}, HSM needed",
    var.enforce_attestation ? "" : "enforce_attestation: false",
    var.flow_log_sampling == 1 ? "" : "flow_log_sampling: ${var.flow_log_sampling}, 1 needed",
  ])

  services_without_bucket = [for name, service in local.services : name if contains(service.stores, "s3") && !contains(keys(local.file_buckets), name)]
}

# Records the state's environment: that of the first apply, whatever var-file is used later.
resource "terraform_data" "environment" {
  input = var.environment

  lifecycle {
    ignore_changes = [input]

    precondition {
      condition     = length(local.secret_like_keys) == 0
      error_message = "${join(", ", local.secret_like_keys)}: a var-file holds what looks like a secret. Remove it, and change the secret where it was valid: no variable here takes one; they are kept in Secret Manager."
    }

    precondition {
      condition     = length(local.overlaps) == 0
      error_message = "${join("; ", local.overlaps)} overlap: addresses there would be unreachable. Choose networks that don't overlap."
    }

    precondition {
      condition     = !local.production || length(local.missing_in_production) == 0
      error_message = "Production must outlive a zone and a region, and refuse unsigned images. ${join("; ", local.missing_in_production)}. Fix these in environments/production.tfvars."
    }

    precondition {
      condition     = length(local.services_without_bucket) == 0
      error_message = "catalog.yaml: ${join(", ", local.services_without_bucket)} stores files, but locals.tf's file_buckets names no bucket. Add one there."
    }

    postcondition {
      condition     = self.output == var.environment
      error_message = "environment: '${var.environment}', but this state is of '${self.output}'. Choose the state first: terraform init -reconfigure -backend-config=environments/${var.environment}.gcs.tfbackend."
    }
  }
}
