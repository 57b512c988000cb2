"""Ids that are known before a resource is made: those that its configuration names.

Such a resource can be found again when an apply was killed while it was being made, and what
takes minutes to be made is mostly of this kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldday.provisioning.plan import ResourceChange

_ATTRIBUTES = {
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_db_instance": "identifier",
    "aws_db_parameter_group": "name",
    "aws_db_subnet_group": "name",
    "aws_dynamodb_table": "name",
    "aws_ecr_repository": "name",
    "aws_eks_cluster": "name",
    "aws_elasticache_replication_group": "replication_group_id",
    "aws_elasticache_subnet_group": "name",
    "aws_iam_instance_profile": "name",
    "aws_iam_role": "name",
    "aws_kms_alias": "name",
    "aws_lambda_function": "function_name",
    "aws_opensearch_domain": "domain_name",
    "aws_rds_cluster": "cluster_identifier",
    "aws_rds_cluster_instance": "identifier",
    "aws_s3_bucket": "bucket",
}
"""By type: the attribute that `terraform import` takes, as the provider's documentation says."""


def import_ids(changes: Iterable[ResourceChange]) -> dict[str, str]:
    """By address: the id that what is to be made will have, where it is known."""
    found = {}
    for change in changes:
        attribute = _ATTRIBUTES.get(change.type)
        value = change.after.get(attribute) if attribute and change.action == "add" else None
        if isinstance(value, str) and value:
            found[change.address] = value
    return found
