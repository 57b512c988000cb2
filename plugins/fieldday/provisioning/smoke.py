"""The smoke check after an apply: stateful resources answer, as AWS itself says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Smoke:
    """What one resource answered."""

    address: str
    answer: str
    good: bool


Client = Callable[[str], Any]
"""Returns boto3's client of a service."""


def smoke_check(state: Mapping[str, Any], client: Client) -> list[Smoke]:
    """Ask AWS after each resource of the state for which there is a question.

    `state` is what `terraform show -json` says. An error is an answer, too: a bad one.
    """
    found = []
    for resource in _resources(state.get("values", {}).get("root_module", {})):
        ask = _QUESTIONS.get(resource["type"])
        if ask is None or resource["mode"] != "managed":
            continue
        try:
            answer, good = ask(client, resource["values"])
        except Exception as e:  # noqa: BLE001 - whatever boto3 raises, it is not there for users
            answer, good = f"{type(e).__name__}: {str(e)[:200]}", False
        found.append(Smoke(resource["address"], answer, good))
    return found


def _resources(module: Mapping[str, Any]) -> Iterator[Any]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _database(client: Client, values: Mapping[str, Any]) -> tuple[str, bool]:
    identifier = values["identifier"]
    found = client("rds").describe_db_instances(DBInstanceIdentifier=identifier)
    instance = found["DBInstances"][0]
    status, encrypted = instance["DBInstanceStatus"], instance["StorageEncrypted"]
    # It serves while it is backed up or changed, too.
    serves = status in ("available", "backing-up", "modifying", "configuring-enhanced-monitoring")
    return f"{status}{', encrypted' if encrypted else ', NOT encrypted'}", serves and encrypted


def _bucket(client: Client, values: Mapping[str, Any]) -> tuple[str, bool]:
    client("s3").head_bucket(Bucket=values["bucket"])
    block = client("s3").get_public_access_block(Bucket=values["bucket"])
    blocked = all(block["PublicAccessBlockConfiguration"].values())
    return "there, not public" if blocked else "there, and could be PUBLIC", blocked


def _key(client: Client, values: Mapping[str, Any]) -> tuple[str, bool]:
    state = client("kms").describe_key(KeyId=values["key_id"])["KeyMetadata"]["KeyState"]
    return str(state).lower(), state == "Enabled"


def _secret(client: Client, values: Mapping[str, Any]) -> tuple[str, bool]:
    found = client("secretsmanager").describe_secret(SecretId=values["arn"])
    has_value = bool(found.get("VersionIdsToStages"))
    return "has a value" if has_value else "has no value", has_value


_QUESTIONS: dict[str, Callable[[Client, Mapping[str, Any]], tuple[str, bool]]] = {
    "aws_db_instance": _database,
    "aws_s3_bucket": _bucket,
    "aws_kms_key": _key,
    "aws_secretsmanager_secret": _secret,
}
