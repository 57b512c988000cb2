# Checks over several variables, before anything is planned.
locals {
  networks = merge(
    { vpc_cidr = var.vpc_cidr, service_cidr = var.service_cidr },
    var.vpn == null ? {} : { "vpn.client_cidr" = var.vpn.client_cidr },
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
    var.single_nat_gateway ? "single_nat_gateway: true, one NAT gateway a zone needed" : "",
    var.database.multi_az ? "" : "database.multi_az: false",
    var.cache.multi_az ? "" : "cache.multi_az: false",
    var.deletion_protection ? "" : "deletion_protection: false",
    var.recovery_region == null ? "recovery_region: null" : "",
    var.database.backup_retention_days >= 30 ? "" : "database.backup_retention_days: ${var.database.backup_retention_days}, 30 needed",
    var.cache.snapshot_retention_days >= 30 ? "" : "cache.snapshot_retention_days: ${var.cache.snapshot_retention_days}, 30 needed",
    var.backup_retention_days >= 30 ? "" : "backup_retention_days: ${var.backup_retention_days}, 30 needed",
  ])
}

# Records the state's environment: that of the first apply, whatever var-file is used later.
resource "terraform_data" "environment" {
  input = var.environment

  lifecycle {
    ignore_changes = [input]

    precondition {
      condition     = length(local.secret_like_keys) == 0
      error_message = "${join(", ", local.secret_like_keys)}: a var-file holds what looks like a secret. Remove it, and change the secret where it was valid: no variable here takes one, AWS makes them and keeps them in Secrets Manager."
    }

    precondition {
      condition     = length(local.overlaps) == 0
      error_message = "${join("; ", local.overlaps)} overlap: addresses there would be unreachable. Choose networks that don't overlap."
    }

    precondition {
      condition     = var.recovery_region != var.region
      error_message = "recovery_region: '${var.region}' is the region itself, and would be lost with it. Name another, or null."
    }

    precondition {
      condition     = alltrue([for zone in var.zones : startswith(zone, var.region)])
      error_message = "zones: ${join(", ", [for zone in var.zones : zone if !startswith(zone, var.region)])} is not in ${var.region}. Name zones of the region."
    }

    precondition {
      condition     = !local.production || length(local.missing_in_production) == 0
      error_message = "Production must outlive a zone and a region. ${join("; ", local.missing_in_production)}. Fix these in environments/production.tfvars."
    }

    postcondition {
      condition     = self.output == var.environment
      error_message = "environment: '${var.environment}', but this state is of '${self.output}'. Choose the state first: terraform init -reconfigure -backend-config=environments/${var.environment}.s3.tfbackend."
    }
  }
}
