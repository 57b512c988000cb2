"""What tests of the sandbox's real parts share: a namespace of their own, waiting, processes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from sandbox.parts.context import Context
from tests.patience import PATIENCE
from tests.sandbox.cluster import Cluster


@pytest.fixture
def cluster(sandbox: Context, image: str) -> Iterator[Cluster]:
    """The sandbox's cluster, with a namespace for this test; `image` is its folder's own."""
    namespace = f"test-{secrets.token_hex(4)}"
    kubectl = sandbox.layout.bin / "kubectl"
    kubeconfig = sandbox.layout.kubeconfigs / "admin.yaml"
    found = Cluster(kubectl, kubeconfig, namespace, image)
    found.run("create", "namespace", namespace)
    yield found
    found.run("delete", "namespace", namespace, "--wait=false")


Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def eventually() -> Eventually:
    """Wait for what another program is about to do."""

    def wait(condition: Callable[[], object], seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds * PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(0.1)

    return wait


@pytest.fixture
def processes(sandbox: Context) -> Callable[[str], list[psutil.Process]]:
    """The processes of a pod, by its uid, without their shims."""

    def find(uid: str) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                environment, command = process.environ(), process.cmdline()
            except psutil.Error:
                continue
            if environment.get("FIELDDAY_POD_UID") == uid and "fieldday-shim" not in command:
                found.append(process)
        return found

    return find
