"""`python -m sandbox.aws --port N --bucket NAME --reports DIR`: serve the AWS API.

moto keeps everything in memory. What must be there after a restart, the reports bucket with the
evidence of earlier releases, is put back before the first request is taken: from the copies
that every release leaves in DIR.
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
_S3 = "AWS4-HMAC-SHA256 Credential=sandbox/20200101/us-east-1/s3/aws4_request"


def restore(client: Client, bucket: str, reports: Path) -> int:
    """Make the bucket and put the evidence back; gives the number of objects.

    Raises RuntimeError: moto refused the bucket.
    """
    headers = {"Authorization": _S3}
    made = client.put(f"/{bucket}", headers=headers)
    if made.status_code != 200:
        msg = f"moto: cannot make the bucket {bucket}: {made.status}"
        raise RuntimeError(msg)
    files = sorted((reports / "releases").glob("*.json"))
    for file in files:
        key = quote(f"releases/{file.name}")
        content = file.read_bytes()
        client.put(
            f"/{bucket}/{key}", headers=headers, data=content, content_type="application/json"
        )
    return len(files)


def main() -> None:
    """Read the command line and serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 in a container")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--reports", type=Path, required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A line for every request would fill the disk of a sandbox that runs for weeks.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    application = DomainDispatcherApplication(create_backend_app)
    count = restore(Client(application), arguments.bucket, arguments.reports)
    print(f"moto: bucket {arguments.bucket} with {count} reports", flush=True)
    run_simple(arguments.host, arguments.port, application, threaded=True)


if __name__ == "__main__":
    main()
