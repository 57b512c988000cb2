"""What the sandbox's AWS has before anyone asks it for anything."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from moto import mock_aws
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.test import Client

from sandbox.aws.__main__ import make_state_bucket, make_topic, restore

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield Client(DomainDispatcherApplication(create_backend_app))


def test_the_state_bucket_is_as_the_bootstrap_makes_it(client: Client) -> None:
    make_state_bucket(client, "states")
    s3 = boto3.client("s3", region_name="us-east-1")
    assert s3.get_bucket_versioning(Bucket="states")["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket="states")["ServerSideEncryptionConfiguration"][
        "Rules"
    ]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    block = s3.get_public_access_block(Bucket="states")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="states")["Rules"]
    assert rule["Filter"] == {"Prefix": "plans/"}
    assert rule["Expiration"] == {"Days": 1}


def test_there_is_a_topic_for_alerts(client: Client) -> None:
    make_topic(client, "fieldday-operations")
    (topic,) = boto3.client("sns", region_name="us-east-1").list_topics()["Topics"]
    assert topic["TopicArn"].endswith(":fieldday-operations")


def test_records_of_all_pipelines_come_back(client: Client, tmp_path: Path) -> None:
    kept = ("releases/a.json", "provisions/b+c.json", "drift/staging/d.json", "index/x/y/e.json")
    for name in (*kept, "demo.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"name": name}))
    assert restore(client, "reports", tmp_path) == len(kept)
    s3 = boto3.client("s3", region_name="us-east-1")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="reports")["Contents"]]
    assert keys == sorted(kept)
    body = s3.get_object(Bucket="reports", Key="provisions/b+c.json")["Body"].read()
    assert json.loads(body) == {"name": "provisions/b+c.json"}
