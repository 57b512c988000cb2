"""Attributes that a provider marks as sensitive, which the bindings do not say.

Only those that the modules could show by mistake; Terraform refuses an output of such a value that
is not marked as sensitive itself.
"""

from __future__ import annotations

from tests.terraform.schemas.layout import ProviderSchema

_SENSITIVE = {
    "aws_db_instance": ("password",),
    "aws_elasticache_replication_group": ("auth_token",),
    "aws_iam_access_key": ("secret", "ses_smtp_password_v4"),
    "aws_rds_cluster": ("master_password",),
    "aws_secretsmanager_secret_version": ("secret_string", "secret_binary"),
    "aws_ssm_parameter": ("value",),
    "datadog_api_key": ("key",),
    "datadog_application_key": ("key",),
    "google_kms_secret_ciphertext": ("plaintext",),
    "google_redis_instance": ("auth_string",),
    "google_secret_manager_secret_version": ("secret_data",),
    "google_service_account_key": ("private_key",),
    "google_sql_database_instance": ("root_password",),
    "google_sql_user": ("password",),
    "random_password": ("bcrypt_hash", "result"),
    "tls_private_key": ("private_key_openssh", "private_key_pem", "private_key_pem_pkcs8"),
}


def mark(schema: ProviderSchema) -> None:
    """Mark them in a provider's schema."""
    for kind in ("resource_schemas", "data_source_schemas", "ephemeral_resource_schemas"):
        for type_name in _SENSITIVE.keys() & schema[kind].keys():
            attributes = schema[kind][type_name]["block"]["attributes"]
            for name in _SENSITIVE[type_name]:
                if name in attributes:
                    attributes[name]["sensitive"] = True
