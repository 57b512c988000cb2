"""The roles of the pipelines and of people: service accounts with a token each."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from typing import Any

import httpx
import yaml

from sandbox.errors import SandboxError
from sandbox.kubernetes import apply, kubeconfig, kubectl, status, write_kubeconfig
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context

ROLES = ("releaser", "viewer", "metrics")
NAMESPACE = "fieldday-system"

_MANIFEST = CHECKOUT / "sandbox" / "manifests" / "rbac.yaml"
# Namespaces and roles are the same as on any cluster.
_PLATFORM = CHECKOUT / "helm" / "platform"
_HELM_SECONDS = 30
_TOKEN_DAYS = 365
# A token with less than this to go is replaced by the next `up`.
_REFRESH_DAYS = 90
_DAY = 86_400


def ensure(context: Context) -> None:
    """Create the namespaces, the permissions, and a working kubeconfig for each role.

    Raises SandboxError: the API server refuses.
    """
    apply(context, f"{_MANIFEST.read_text()}\n{_platform(context)}")
    for role in ROLES:
        token = _token(context, role)
        if not _works(context, token):
            arguments = ("--namespace", NAMESPACE, f"--duration={_TOKEN_DAYS * 24}h")
            token = kubectl(context, "create", "token", role, *arguments).strip()
        # The port and the authority may have changed.
        write_kubeconfig(context, role, token)


def _platform(context: Context) -> str:
    """The platform chart's objects for a sandbox. Raises SandboxError: Helm refuses it."""
    values = str(_PLATFORM / "values-sandbox.yaml")
    program = str(context.layout.bin / "helm")
    command = (program, "template", "fieldday-platform", str(_PLATFORM))
    result = subprocess.run(
        (*command, "--namespace", NAMESPACE, "--values", values),
        capture_output=True,
        text=True,
        check=False,
        timeout=_HELM_SECONDS,
    )
    if result.returncode != 0:
        msg = f"helm template: {result.stderr.strip()[-1500:]}. Fix {_PLATFORM}."
        raise SandboxError(msg)
    return result.stdout


def _token(context: Context, role: str) -> str:
    """The role's present token; empty when there is none."""
    try:
        document: Any = yaml.safe_load(kubeconfig(context, role).read_text())
        return str(document["users"][0]["user"]["token"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, IndexError):
        return ""


def _works(context: Context, token: str) -> bool:
    """Whether the API server accepts the token, and will for a while."""
    try:
        claims = token.split(".")[1]
        expiry = json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"]
    except (IndexError, ValueError, KeyError):
        return False
    if expiry < time.time() + _REFRESH_DAYS * _DAY:
        return False
    return status(context, "kube-apiserver", "/api", token) == httpx.codes.OK
