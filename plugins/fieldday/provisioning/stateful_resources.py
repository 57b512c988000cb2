"""Stateful resources: their data is gone when they are destroyed or replaced."""

from __future__ import annotations

DATA_HOLDING = frozenset(
    {
        # AWS
        "aws_backup_vault",
        "aws_cloudwatch_log_group",
        "aws_db_cluster_snapshot",
        "aws_db_instance",
        "aws_db_snapshot",
        "aws_docdb_cluster",
        "aws_dynamodb_table",
        "aws_ebs_snapshot",
        "aws_ebs_volume",
        "aws_ecr_repository",
        "aws_efs_file_system",
        "aws_elasticache_cluster",
        "aws_elasticache_replication_group",
        "aws_elasticache_serverless_cache",
        "aws_elasticsearch_domain",
        "aws_fsx_lustre_file_system",
        "aws_kinesis_stream",
        "aws_memorydb_cluster",
        "aws_msk_cluster",
        "aws_neptune_cluster",
        "aws_opensearch_domain",
        "aws_rds_cluster",
        "aws_redshift_cluster",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sqs_queue",
        "aws_ssm_parameter",
        # Without the key, what it has encrypted can't be read.
        "aws_kms_key",
        # Google Cloud
        "google_artifact_registry_repository",
        "google_bigquery_dataset",
        "google_bigquery_table",
        "google_bigtable_instance",
        "google_compute_disk",
        "google_filestore_instance",
        "google_firestore_database",
        "google_kms_crypto_key",
        "google_memorystore_instance",
        "google_redis_cluster",
        "google_redis_instance",
        "google_secret_manager_secret",
        "google_spanner_database",
        "google_sql_database",
        "google_sql_database_instance",
        "google_storage_bucket",
    }
)
"""Types of resources. One that is missing here is destroyed with the first approval alone."""
