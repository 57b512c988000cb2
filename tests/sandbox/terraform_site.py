"""A small Terraform root of a test's own, on the sandbox's AWS API; and an AWS that refuses."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx

from fieldday.provisioning.environment import Environment
from fieldday.provisioning.planning import make_plan
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.request import ProvisionRequest
from fieldday.settings import Settings
from sandbox.env_file import exports
from sandbox.parts import moto
from sandbox.parts.context import Context
from tests.patience import PATIENCE

PASSWORD = "hunter2-hunter2-hunter2"

SETTINGS = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }

  backend "s3" {
    region         = "us-east-1"
    use_lockfile   = true
    use_path_style = true
  }
}

provider "aws" {
  region                      = "us-east-1"
  s3_force_path_style         = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  max_retries                 = 1

  endpoints {
    rds            = var.endpoint_url
    s3             = var.endpoint_url
    secretsmanager = var.endpoint_url
    sns            = var.endpoint_url
    sts            = var.endpoint_url
  }
}

variable "endpoint_url" {
  type = string
}

variable "database_password" {
  type      = string
  sensitive = true
}
"""


@dataclass
class Site:
    """One root with one environment, and a part of the state bucket that nobody else uses."""

    context: Context
    name: str
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    """What Terraform gets besides the sandbox's own variables."""

    def __post_init__(self) -> None:
        (self.root / "environments").mkdir(parents=True)
        (self.root / "settings.tf").write_text(SETTINGS)
        self.values("")
        self.env = {
            **exports(self.context),
            "TF_VAR_database_password": PASSWORD,
            # Elsewhere than on AWS it would be waited for.
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.env,
        }

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def write(self, text: str) -> None:
        """The root's resources."""
        (self.root / "main.tf").write_text(text)

    def values(self, text: str) -> None:
        """The environment's var-file."""
        (self.root / "environments" / f"{self.name}.tfvars").write_text(text)

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.context.ports.url("moto"),
            region_name=moto.REGION,
            aws_access_key_id=moto.ACCESS_KEY_ID,
            aws_secret_access_key=moto.SECRET_ACCESS_KEY,
        )

    def environment(self, run: str, **env: str) -> Environment:
        settings = Settings.from_env(
            {
                "FIELDDAY_TERRAFORM_ROOT": str(self.root),
                "FIELDDAY_TERRAFORM_WORK": str(self.folder / "work"),
                "FIELDDAY_STATE_BUCKET": moto.STATE_BUCKET,
            }
        )
        return Environment.of(settings, self.name, run, self.aws("s3"), {**self.env, **env})

    def forget(self) -> None:
        """Remove what it has put into the state bucket."""
        store = self.environment("end").store
        for key in (*store.keys(f"{self.name}/"), *store.keys(f"plans/{self.name}/")):
            store.delete(key)

    def plan(self, run: str, mode: str = "apply", **env: str) -> ProvisionPlan:
        request = ProvisionRequest(self.name, (), mode, 60, "A test")  # type: ignore[arg-type]
        return make_plan(self.environment(run, **env), request, run, "operator")


class Gate(ThreadingHTTPServer):
    """Lets requests through to the sandbox's AWS API, but for those that a test refuses."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = httpx.Client(base_url=upstream, timeout=60 * PATIENCE, trust_env=False)
        self.refuses: Callable[[str, str], bool] = lambda *_: False
        """Given method and path."""

    def server_close(self) -> None:
        super().server_close()
        self.upstream.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Gate
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815 - named by the standard library

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.refuses(self.command, self.path):
            refusal = (
                b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>"
                b"<Message>Access Denied</Message></Error>"
            )
            self._send(403, {"Content-Type": "application/xml"}, refusal)
            return
        headers = dict(self.headers.items())
        answer = self.server.upstream.request(
            self.command, self.path, headers=headers, content=body
        )
        self._send(answer.status_code, dict(answer.headers), answer.content)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        length = headers.get("content-length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextlib.contextmanager
def gate(context: Context) -> Iterator[Gate]:
    """A gate before the sandbox's AWS API."""
    with Gate(context.ports.url("moto")) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()
