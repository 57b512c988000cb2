"""The library's client and locks against a real API server, and Helm beside them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import config
from kubernetes_asyncio import config as async_config

from fieldday.errors import Retryable
from fieldday.kubernetes.client import Client, workload
from fieldday.kubernetes.errors import ConflictError, ForbiddenError, NotFoundError
from fieldday.locks.lease import LeaseStore
from fieldday.locks.policy import Claim, LockedError, LostError
from fieldday.locks.run_lock import RunLock
from fieldday.releases.helm import Helm
from sandbox.kubernetes import kubeconfig, kubectl
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context

pytestmark = pytest.mark.sandbox

LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "x"},
    "spec": {"holderIdentity": "me"},
}


def client(file: Path, namespace: str, context: str | None = None) -> Client:
    return Client(
        namespace, lambda: config.new_client_from_config(str(file), context, persist_config=False)
    )


def role(sandbox: Context, name: str, namespace: str = "staging") -> Client:
    return client(kubeconfig(sandbox, name), namespace)


@pytest.fixture
def namespace(sandbox: Context) -> Iterator[str]:
    name = f"test-{secrets.token_hex(4)}"
    kubectl(sandbox, "create", "namespace", name)
    yield name
    kubectl(sandbox, "delete", "namespace", name, "--wait=false")


def test_objects_are_created_and_replaced_as_they_were_read(
    sandbox: Context, namespace: str
) -> None:
    api = role(sandbox, "admin", namespace)
    assert api.get("Lease", "x") is None
    api.create("Lease", LEASE)
    with pytest.raises(ConflictError, match="create Lease 'x'"):
        api.create("Lease", LEASE)
    found = api.get("Lease", "x")
    assert found is not None
    api.replace("Lease", found)
    changed = json.loads(json.dumps(found))
    changed["spec"]["holderIdentity"] = "another"
    api.replace("Lease", changed)
    with pytest.raises(ConflictError, match=r"update Lease 'x'.*the object has been modified"):
        api.replace("Lease", found)


def test_what_is_refused_says_what_is_missing(sandbox: Context) -> None:
    with pytest.raises(ForbiddenError, match=r"may not create Lease 'x' in staging .*leases"):
        role(sandbox, "viewer").create("Lease", LEASE)
    with pytest.raises(NotFoundError, match="Is the namespace"):
        role(sandbox, "admin", "nowhere").create("Lease", LEASE)


def test_of_many_at_once_one_acquires_a_lock(sandbox: Context, namespace: str) -> None:
    api = role(sandbox, "admin", namespace)

    def lock(holder: str) -> RunLock:
        return RunLock(LeaseStore(api, "fieldday-release-api"), Claim("api", holder))

    def acquired(holder: str) -> bool:
        try:
            lock(holder).acquire(60)
        except LockedError:
            return False
        return True

    runs = [f"run-{number}" for number in range(8)]
    for _ in range(2):
        with ThreadPoolExecutor(len(runs)) as pool:
            (holder,) = [
                run for run, got in zip(runs, pool.map(acquired, runs), strict=True) if got
            ]
        lock(holder).renew(60)
        with pytest.raises(LostError):
            lock("another").renew(60)
        lock(holder).release()


async def test_both_clients_read_the_same_workload(sandbox: Context, namespace: str) -> None:
    labels = {"app.kubernetes.io/instance": "fieldday-api"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "none"}]}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "labels": labels},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod},
    }
    kubectl(sandbox, "create", "-n", namespace, "-f", "-", text=json.dumps(deployment))
    file = kubeconfig(sandbox, "admin")
    async with await async_config.new_client_from_config(str(file)) as api:
        found = await workload(api, namespace, "api")
    assert [(thing["kind"], thing["metadata"]["name"]) for thing in found] == [
        ("Deployment", "api")
    ]
    names = [t["metadata"]["uid"] for t in client(file, namespace).workload("api")]
    assert names == [thing["metadata"]["uid"] for thing in found]


def test_helm_takes_the_context_that_the_client_takes(
    sandbox: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(sandbox.layout.bin), prepend=":")
    content: Any = yaml.safe_load(kubeconfig(sandbox, "releaser").read_text())
    (here,) = content["contexts"]
    content["clusters"].append({"name": "away", "cluster": {"server": "https://127.0.0.1:1"}})
    away = {"cluster": "away", "user": here["context"]["user"]}
    content["contexts"].append({"name": "away", "context": away})
    content["current-context"] = "away"
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(content))

    def both(context: str | None) -> None:
        options = ("--kube-context", context) if context else ()
        env = {"KUBECONFIG": str(file)}
        Helm(CHECKOUT / "helm", "staging", env=env, options=options).installed()
        client(file, "staging", context).workload("api")

    both(str(here["name"]))
    with pytest.raises(Retryable, match="is unreachable"):
        client(file, "staging").workload("api")
    with pytest.raises(Retryable, match="is unreachable"):
        both(None)
