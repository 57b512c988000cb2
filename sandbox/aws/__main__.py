"""`python -m sandbox.aws --port N --bucket NAME --reports DIR`: serve the AWS API.

moto keeps everything in memory. What must survive a restart, the reports bucket with the
evidence of earlier runs, is restored before the first request is served: from the copies that
every pipeline leaves in DIR. Terraform's state is lost together with what it describes, so its
bucket comes back empty.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path
from urllib.parse import quote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.test import Client


# moto reads the service and the region out of a request's signature, and ignores the rest.
def _signed(service: str) -> dict[str, str]:
    credential = f"sandbox/20200101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}"}


_S3 = _signed("s3")
_STATE_BUCKET = {
    "versioning": "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    "encryption": (
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
        "</ServerSideEncryptionConfiguration>"
    ),
    "publicAccessBlock": (
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
        "<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>"
        "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
    ),
    # Plan files hold secrets, and each expires within a day.
    "lifecycle": (
        "<LifecycleConfiguration><Rule><ID>plans</ID><Filter><Prefix>plans/</Prefix></Filter>"
        "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration>"
        "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
        "</NoncurrentVersionExpiration></Rule></LifecycleConfiguration>"
    ),
}


# A folder per pipeline, and the index of them all.
_KEPT = ("releases", "provisions", "drift", "index")


def restore(client: Client, bucket: str, reports: Path) -> int:
    """Create the bucket and restore the evidence; returns the number of objects.

    Raises RuntimeError: moto refused the bucket.
    """
    _make_bucket(client, bucket)
    files = sorted(file for name in _KEPT for file in (reports / name).rglob("*.json"))
    for file in files:
        key = quote(file.relative_to(reports).as_posix())
        content = file.read_bytes()
        client.put(f"/{bucket}/{key}", headers=_S3, data=content, content_type="application/json")
    return len(files)


def make_state_bucket(client: Client, bucket: str) -> None:
    """The bucket for Terraform's states, as `terraform/bootstrap` creates it on AWS.

    Raises RuntimeError: moto refused it.
    """
    _make_bucket(client, bucket)
    for subresource, document in _STATE_BUCKET.items():
        _ask(client, f"/{bucket}?{subresource}", document)


def make_topic(client: Client, name: str) -> None:
    """The topic for notifications. Raises RuntimeError: moto refused it."""
    body = {"Action": "CreateTopic", "Name": name, "Version": "2010-03-31"}
    answer = client.post("/", headers=_signed("sns"), data=body)
    if answer.status_code != 200:
        msg = f"moto: cannot create the topic {name}: {answer.status}"
        raise RuntimeError(msg)


def _make_bucket(client: Client, bucket: str) -> None:
    _ask(client, f"/{bucket}")


def _ask(client: Client, path: str, document: str = "") -> None:
    answer = client.put(path, headers=_S3, data=document)
    if answer.status_code != 200:
        msg = f"moto: cannot create the bucket {path[1:]}: {answer.status}"
        raise RuntimeError(msg)


def main() -> None:
    """Read the command line and serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 in a container")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--reports", type=Path, required=True)
    parser.add_argument("--state-bucket", default="", help="for Terraform; none: no such bucket")
    parser.add_argument("--topic", default="", help="for notifications; none: no topic")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A line for every request would fill the disk of a sandbox that runs for weeks.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    application = DomainDispatcherApplication(create_backend_app)
    client = Client(application)
    count = restore(client, arguments.bucket, arguments.reports)
    if arguments.state_bucket:
        make_state_bucket(client, arguments.state_bucket)
    if arguments.topic:
        make_topic(client, arguments.topic)
    print(f"moto: bucket {arguments.bucket} with {count} reports", flush=True)
    run_simple(arguments.host, arguments.port, application, threaded=True)


if __name__ == "__main__":
    main()
