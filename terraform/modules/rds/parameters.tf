locals {
  family = "postgres${split(".", var.engine_version)[0]}"

  # Only disconnections are logged: they name user, database, host and duration.
  parameters = merge(
    {
      "ssl_min_protocol_version"            = { value = "TLSv1.2", apply_method = "immediate" }
      "password_encryption"                 = { value = "scram-sha-256", apply_method = "immediate" }
      "log_disconnections"                  = { value = "1", apply_method = "immediate" }
      "log_lock_waits"                      = { value = "1", apply_method = "immediate" }
      "log_statement"                       = { value = "ddl", apply_method = "immediate" }
      "log_min_duration_statement"          = { value = tostring(var.slow_statement_milliseconds), apply_method = "immediate" }
      "log_autovacuum_min_duration"         = { value = "1000", apply_method = "immediate" }
      "idle_in_transaction_session_timeout" = { value = "60000", apply_method = "immediate" }
      "shared_preload_libraries"            = { value = "pg_stat_statements", apply_method = "pending-reboot" }
    },
    var.parameters,
  )
}

resource "aws_db_parameter_group" "this" {
  # The family is in the name, so that the next major version's group can exist beside this one.
  name        = "${var.name}-${local.family}"
  family      = local.family
  description = "TLS alone, slow statements, locks and schema changes logged"

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "immediate"
  }

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${local.family}" })

  lifecycle {
    create_before_destroy = true
  }
}
