"""What the node's tests share: kubectl, a namespace of their own, a small image, waiting."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from sandbox.parts.context import Context

_PROGRAM = '''\
"""A small HTTP server: answers on $POD_IP:8080, says "bye" on SIGTERM."""
import os, signal, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ready = os.environ.get("NEVER_READY") != "1" or self.path != "/readyz"
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(os.environ["POD_NAME"].encode())

    def log_message(self, *_):
        if self.path.startswith("/say/"):
            print(self.path[5:], flush=True)


server = ThreadingHTTPServer((os.environ["POD_IP"], 8080), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("up", flush=True)
server.serve_forever()
print("bye", flush=True)
'''


@dataclass(frozen=True)
class Cluster:
    """kubectl in one namespace of the sandbox."""

    kubectl: Path
    kubeconfig: Path
    namespace: str
    image: str

    def run(self, *arguments: str, text: str = "", timeout: float = 60, check: bool = True) -> str:
        """kubectl's output; its errors too when `check` is off."""
        command = (str(self.kubectl), "--kubeconfig", str(self.kubeconfig))
        result = subprocess.run(
            (*command, "--namespace", self.namespace, *arguments),
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert result.returncode == 0 or not check, f"{arguments}: {result.stderr}"
        return result.stdout if check else result.stdout + result.stderr

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """kubectl in the background."""
        command = (str(self.kubectl), "--kubeconfig", str(self.kubeconfig))
        return subprocess.Popen(
            (*command, "--namespace", self.namespace, *arguments),
            stdout=subprocess.PIPE,
            text=True,
        )

    def get(self, *what: str) -> Any:
        """An object, or a list's items."""
        found = json.loads(self.run("get", *what, "--output", "json"))
        return found.get("items", found) if found["kind"] == "List" else found

    def apply(self, *objects: dict[str, Any]) -> None:
        """Apply objects."""
        self.run("apply", "--filename", "-", text=yaml.safe_dump_all(objects))

    def container(self, pod: str) -> dict[str, Any]:
        """The status of a pod's first container."""
        statuses = self.get("pod", pod)["status"].get("containerStatuses")
        return statuses[0] if statuses else {}

    def events(self, pod: str) -> dict[str, str]:
        """A pod's events: the last message of each reason."""
        selector = f"involvedObject.name={pod}"
        return {e["reason"]: e["message"] for e in self.get("events", "--field-selector", selector)}

    def pod(self, name: str, command: list[str] | None = None, **container: Any) -> dict[str, Any]:
        """A pod that is not started again."""
        main = {"name": "main", "image": self.image, **container}
        if command:
            main["command"] = command
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {"terminationGracePeriodSeconds": 3, "containers": [main]},
        }

    def deployment(self, name: str, replicas: int = 1, **container: Any) -> dict[str, Any]:
        """A Deployment of the small server."""
        fields = {"POD_IP": "status.podIP", "POD_NAME": "metadata.name"}
        environment = [
            {"name": variable, "valueFrom": {"fieldRef": {"fieldPath": path}}}
            for variable, path in fields.items()
        ]
        main = {
            "name": "main",
            "image": self.image,
            "env": [*environment, *container.pop("env", [])],
            "readinessProbe": {
                "httpGet": {"path": "/readyz", "port": 8080},
                "periodSeconds": 1,
            },
            **container,
        }
        pod = {"terminationGracePeriodSeconds": 5, "containers": [main]}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
            },
        }

    def ready(self, deployment: str) -> None:
        """Wait until a Deployment's rollout is complete."""
        self.run("rollout", "status", f"deployment/{deployment}", "--timeout=40s")

    def pods(self, app: str) -> list[Any]:
        """The pods of a Deployment that are not being deleted."""
        found = self.get("pods", "--selector", f"app={app}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


@pytest.fixture(scope="session")
def image(sandbox: Context, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with the small server, in the sandbox's registry."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "app").mkdir()
    (folder / "app/server.py").write_text(_PROGRAM)
    archive = folder / "layer.tar"
    subprocess.run(("tar", "-C", folder, "-cf", archive, "app"), check=True, timeout=20)
    repository = f"fieldday/node-test-{secrets.token_hex(3)}"
    reference = f"127.0.0.1:{sandbox.ports['registry']}/{repository}:1"
    crane = str(sandbox.layout.bin / "crane")
    start = ("--workdir", "/app", "--entrypoint", "python,server.py")
    for command in (
        (crane, "append", "--new_layer", str(archive), "--new_tag", reference),
        (crane, "mutate", reference, *start, "--tag", reference),
    ):
        subprocess.run(command, check=True, timeout=30, capture_output=True)
    return f"registry.fieldday.example/{repository}:1"


@pytest.fixture
def cluster(sandbox: Context, image: str) -> Iterator[Cluster]:
    """The sandbox's cluster, with a namespace for this test."""
    namespace = f"node-{secrets.token_hex(4)}"
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
        deadline = time.monotonic() + seconds
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


@pytest.fixture
def node_process(sandbox: Context) -> Callable[[], psutil.Process | None]:
    """The node itself."""

    def find() -> psutil.Process | None:
        for process in psutil.process_iter():
            try:
                command, environment = process.cmdline(), process.environ()
            except psutil.Error:
                continue
            ours = environment.get("FIELDDAY_SANDBOX") == str(sandbox.layout.root)
            if ours and "sandbox.node" in command and "FIELDDAY_POD_UID" not in environment:
                return process
        return None

    return find
