"""The scan before and the smoke check after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from fieldday.processes import Completed
from fieldday.provisioning import scan as scanning
from fieldday.provisioning.scan import read, scan
from fieldday.provisioning.smoke import smoke_check


def summary(**counts: int) -> dict[str, Any]:
    given = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, **counts}
    failed = [
        {"check_id": f"CKV_AWS_{number}", "resource": "aws_s3_bucket.x"}
        for number in range(given["failed"])
    ]
    return {"summary": given, "results": {"failed_checks": failed}}


def test_all_passed() -> None:
    found = read(summary(passed=30, skipped=2))
    assert (found.status, found.detail) == ("clean", "30 passed, 2 skipped with a reason")


def test_findings_are_named() -> None:
    found = read([summary(passed=30), summary(failed=7)])
    assert found.status == "findings"
    assert found.detail.startswith("7 failed: CKV_AWS_0 aws_s3_bucket.x, ")
    assert found.detail.endswith(" and 2 more")
    assert (found.passed, found.failed) == (30, 7)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (summary(passed=30, parsing_errors=1), "could not read 1 files"),
        (summary(skipped=3), "found nothing to check"),
        # What it says when it found no Terraform at all.
        ({"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0}, "nothing to check"),
    ],
)
def test_what_was_not_looked_at_never_passes(report: Any, said: str) -> None:
    found = read(report)
    assert found.status == "not scanned"
    assert said in found.detail


def test_without_the_scanner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = scan(tmp_path, tmp_path / "x.tfvars")
    assert (found.status, "not installed" in found.detail) == ("not scanned", True)


@pytest.mark.parametrize("output", ["", "[]", "null", "{}", "Traceback: boom"])
def test_a_scanner_that_breaks_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, output: str
) -> None:
    monkeypatch.setattr(scanning.shutil, "which", lambda _: "/bin/checkov")
    done = Completed(("checkov",), 2, output, "", 1.0)
    monkeypatch.setattr(scanning, "run", lambda *_, **__: done)
    assert scan(tmp_path, tmp_path / "x.tfvars").status == "not scanned"


def test_it_is_asked_about_the_environment_s_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []

    def run(argv: list[str], **_: Any) -> Completed:
        asked.append(argv)
        return Completed(tuple(argv), 0, json.dumps(summary(passed=1)), "", 1.0)

    monkeypatch.setattr(scanning.shutil, "which", lambda _: "/bin/checkov")
    monkeypatch.setattr(scanning, "run", run)
    assert scan(tmp_path, tmp_path / "x.tfvars").status == "clean"
    assert asked[0][:5] == [
        *("checkov", "--directory", str(tmp_path)),
        *("--var-file", str(tmp_path / "x.tfvars")),
    ]


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"address": f"{kind}.x", "mode": "managed", "type": kind, "values": values}


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"values": {"root_module": {"child_modules": [{"resources": list(resources)}]}}}


class Aws:
    """AWS with a database, a bucket, a key and a secret, all as they should be."""

    def __init__(self) -> None:
        self.status, self.encrypted, self.public = "available", True, False
        self.key, self.versions = "Enabled", {"v": ["AWSCURRENT"]}

    def __call__(self, service: str) -> Any:
        found = Mock(spec_set=_ASKED[service])
        for name in _ASKED[service]:
            getattr(found, name).return_value = getattr(self, f"_{name}")()
        return found

    def _describe_db_instances(self) -> Any:
        instance = {"DBInstanceStatus": self.status, "StorageEncrypted": self.encrypted}
        return {"DBInstances": [instance]}

    def _head_bucket(self) -> Any:
        return {}

    def _get_public_access_block(self) -> Any:
        block = {"BlockPublicAcls": True, "RestrictPublicBuckets": not self.public}
        return {"PublicAccessBlockConfiguration": block}

    def _describe_key(self) -> Any:
        return {"KeyMetadata": {"KeyState": self.key}}

    def _describe_secret(self) -> Any:
        return {"VersionIdsToStages": self.versions}


_ASKED = {
    "rds": ["describe_db_instances"],
    "s3": ["head_bucket", "get_public_access_block"],
    "kms": ["describe_key"],
    "secretsmanager": ["describe_secret"],
}
ALL = state(
    resource("aws_db_instance", identifier="x"),
    resource("aws_s3_bucket", bucket="x"),
    resource("aws_kms_key", key_id="x"),
    resource("aws_secretsmanager_secret", arn="x"),
    resource("aws_vpc", id="x"),
    {**resource("aws_s3_bucket", bucket="y"), "mode": "data"},
)


def test_what_holds_data_answers() -> None:
    found = smoke_check(ALL, Aws())
    assert [(answer.address, answer.good) for answer in found] == [
        ("aws_db_instance.x", True),
        ("aws_s3_bucket.x", True),
        ("aws_kms_key.x", True),
        ("aws_secretsmanager_secret.x", True),
    ]


@pytest.mark.parametrize(
    ("attribute", "value", "bad", "said"),
    [
        ("status", "failed", "aws_db_instance.x", "failed, encrypted"),
        ("encrypted", False, "aws_db_instance.x", "NOT encrypted"),
        ("public", True, "aws_s3_bucket.x", "could be PUBLIC"),
        ("key", "PendingDeletion", "aws_kms_key.x", "pendingdeletion"),
        ("versions", {}, "aws_secretsmanager_secret.x", "has no value"),
    ],
)
def test_what_does_not_answer_as_it_should(attribute: str, value: Any, bad: str, said: str) -> None:
    aws = Aws()
    setattr(aws, attribute, value)
    (found,) = [answer for answer in smoke_check(ALL, aws) if not answer.good]
    assert found.address == bad
    assert said in found.answer


def test_an_error_is_a_bad_answer() -> None:
    def client(service: str) -> Any:
        raise RuntimeError(f"{service} is away")

    (found,) = smoke_check(state(resource("aws_kms_key", key_id="x")), client)
    assert not found.good
    assert found.answer == "RuntimeError: kms is away"


def test_an_empty_state_has_nothing_to_ask() -> None:
    assert smoke_check({"format_version": "1.0"}, Aws()) == []
