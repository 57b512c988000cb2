"""The function that rotates the services' secrets, against an AWS API in memory."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

SOURCE = Path(__file__).parents[2] / "terraform/modules/security/functions/rotate_secret.py"
SECRET = "fieldday/production/auth"
TOKEN = "00000000-0000-4000-8000-000000000001"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.fixture
def rotation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rotate_secret", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("secretsmanager")


def rotate(rotation: ModuleType, *steps: str) -> None:
    for step in steps or STEPS:
        event = {"Step": step, "SecretId": SECRET, "ClientRequestToken": TOKEN}
        rotation.handler(event, None)


def value(client: Any, **version: str) -> dict[str, Any]:
    version = version or {"VersionStage": "AWSCURRENT"}
    text = client.get_secret_value(SecretId=SECRET, **version)["SecretString"]
    settings: dict[str, Any] = json.loads(text)
    return settings


def test_makes_new_keys_and_keeps_the_former_and_what_others_issued(
    rotation: ModuleType, client: Any
) -> None:
    before = {"SIGNING_KEY": "old", "SIGNING_KEY_PREVIOUS": "older", "STRIPE_KEY": "sk"}
    client.create_secret(Name=SECRET, SecretString=json.dumps(before))

    rotate(rotation)

    after = value(client)
    assert after == {
        "SIGNING_KEY": after["SIGNING_KEY"],
        "SIGNING_KEY_PREVIOUS": "old",
        "STRIPE_KEY": "sk",
    }
    assert len(after["SIGNING_KEY"]) == 64
    assert after["SIGNING_KEY"] != "old"
    assert rotation.current_version(client, SECRET) == TOKEN


def test_a_secret_without_a_value_gets_its_first(rotation: ModuleType, client: Any) -> None:
    client.create_secret(Name=SECRET)

    rotate(rotation)

    assert list(value(client)) == ["SIGNING_KEY"]


def test_every_step_may_come_twice(rotation: ModuleType, client: Any) -> None:
    client.create_secret(Name=SECRET, SecretString='{"SIGNING_KEY": "old"}')
    rotate(rotation, "createSecret")
    pending = value(client, VersionId=TOKEN)

    rotate(rotation, *(step for step in STEPS for _ in range(2)))

    assert value(client) == pending


def test_nothing_changes_before_the_last_step(rotation: ModuleType, client: Any) -> None:
    client.create_secret(Name=SECRET, SecretString='{"SIGNING_KEY": "old"}')

    rotate(rotation, *STEPS[:3])

    assert value(client) == {"SIGNING_KEY": "old"}


def test_refuses_to_overwrite_what_a_person_put_in_meanwhile(
    rotation: ModuleType, client: Any
) -> None:
    client.create_secret(Name=SECRET, SecretString='{"SIGNING_KEY": "old", "STRIPE_KEY": "a"}')
    rotate(rotation, "createSecret")
    client.put_secret_value(
        SecretId=SECRET, SecretString='{"SIGNING_KEY": "old", "STRIPE_KEY": "b"}'
    )

    with pytest.raises(ValueError, match=r"STRIPE_KEY changed meanwhile.*start it again"):
        rotate(rotation, "testSecret")


def test_names_the_keys_by_its_environment(
    rotation: ModuleType, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTATED_KEYS", "SESSION_KEY, COOKIE_KEY")
    client.create_secret(Name=SECRET, SecretString='{"SIGNING_KEY": "stays"}')

    rotate(rotation)

    after = value(client)
    assert sorted(after) == ["COOKIE_KEY", "SESSION_KEY", "SIGNING_KEY"]
    assert after["SIGNING_KEY"] == "stays"


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]'])
def test_a_value_that_is_no_object_is_refused_and_not_told(
    rotation: ModuleType, client: Any, text: str
) -> None:
    client.create_secret(Name=SECRET, SecretString=text)

    with pytest.raises(ValueError, match=r"no JSON object. Put one in") as refused:
        rotate(rotation, "createSecret")

    assert "hunter2" not in str(refused.value)


def test_refuses_an_unknown_step_and_a_version_that_is_not_there(
    rotation: ModuleType, client: Any
) -> None:
    client.create_secret(Name=SECRET, SecretString="{}")

    with pytest.raises(ValueError, match="step 'revoke' is unknown"):
        rotate(rotation, "revoke")
    with pytest.raises(ValueError, match=f"no version {TOKEN}"):
        rotate(rotation, "testSecret")
