"""The sandbox's Kubernetes API: its users, kubeconfigs, and kubectl for our own use."""

from __future__ import annotations

import base64
import hashlib
import ssl
import subprocess
from pathlib import Path

import yaml

from sandbox.answers import answer_of
from sandbox.errors import SandboxError
from sandbox.files import write
from sandbox.parts.context import Context

# Users that the API server knows by a token in a file: (role, user, groups). The role is also
# the name of the kubeconfig.
TOKEN_USERS = (
    ("admin", "fieldday-admin", ("system:masters",)),
    ("node", "system:node:fieldday", ("system:nodes",)),
    ("edge", "fieldday-edge", ()),
    ("kube-controller-manager", "system:kube-controller-manager", ()),
    ("kube-scheduler", "system:kube-scheduler", ()),
)
_KUBECTL_SECONDS = 60


def token_file(context: Context) -> Path:
    """The API server's list of tokens, written again if it differs."""
    path = context.layout.pki / "tokens.csv"
    lines = (
        f'{context.secrets[f"token-{role}"]},{user},{user},"{",".join(groups)}"'
        for role, user, groups in TOKEN_USERS
    )
    write(path, "\n".join(lines) + "\n")
    return path


def write_kubeconfigs(context: Context) -> None:
    """Write the kubeconfig of each user with a token of its own."""
    for role, _, _ in TOKEN_USERS:
        write_kubeconfig(context, role, context.secrets[f"token-{role}"])


def kubeconfig(context: Context, role: str) -> Path:
    """Where the kubeconfig of a role is."""
    return context.layout.kubeconfigs / f"{role}.yaml"


def write_kubeconfig(context: Context, role: str, token: str) -> None:
    """Write `kubeconfigs/<role>.yaml`, complete in itself."""
    authority = base64.b64encode((context.layout.pki / "ca.crt").read_bytes()).decode()
    server = f"https://127.0.0.1:{context.ports['kube-apiserver']}"
    name = "fieldday-sandbox"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}
        ],
        "users": [{"name": role, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": role}}],
        "current-context": name,
    }
    write(kubeconfig(context, role), yaml.safe_dump(document, sort_keys=False))


def kubectl(context: Context, *arguments: str, text: str | None = None, role: str = "admin") -> str:
    """What kubectl prints.

    Raises SandboxError: it fails or hangs; the text has its message.
    """
    program = context.layout.bin / "kubectl"
    try:
        result = subprocess.run(
            (str(program), "--kubeconfig", str(kubeconfig(context, role)), *arguments),
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=_KUBECTL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        msg = f"kubectl {arguments[0]}: {error}. See the log of kube-apiserver."
        raise SandboxError(msg) from error
    if result.returncode != 0:
        words = result.stderr.strip()[-1500:]
        msg = f"kubectl {arguments[0]}: {words}. See the log of kube-apiserver."
        raise SandboxError(msg)
    return result.stdout


def apply(context: Context, text: str) -> None:
    """Apply manifests; they win over changes by others.

    Raises SandboxError: the API server refuses.
    """
    options = ("--server-side", "--force-conflicts", "--field-manager=fieldday")
    kubectl(context, "apply", *options, "--filename", "-", text=text)


def apply_once(context: Context, name: str, text: str) -> None:
    """Apply manifests, unless the very same were applied to this cluster before.

    For large ones, which take seconds. Raises SandboxError: the API server refuses.
    """
    # Beside etcd's data, so that it is lost together with it.
    mark = context.layout.data / "etcd" / f"applied-{name}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    apply(context, text)
    write(mark, digest)


def status(context: Context, port: str, path: str, token: str = "") -> int:
    """The HTTP status of a GET from one of the control plane's ports; 0 without an answer."""
    tls = ssl.create_default_context(cafile=str(context.layout.pki / "ca.crt"))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"https://127.0.0.1:{context.ports[port]}{path}"
    answer = answer_of(url, tls, headers)
    return answer.status_code if answer is not None else 0
