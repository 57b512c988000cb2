"""What tests do in the sandbox's cluster: kubectl, and images of a small program."""

from __future__ import annotations

import json
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.parts.context import Context
from tests.patience import PATIENCE


def push_image(sandbox: Context, folder: Path, program: str) -> str:
    """An image that runs this Python program, in the sandbox's registry; gives its reference."""
    (folder / "app").mkdir()
    (folder / "app/server.py").write_text(program)
    archive = folder / "layer.tar"
    subprocess.run(("tar", "-C", folder, "-cf", archive, "app"), check=True, timeout=20 * PATIENCE)
    repository = f"fieldday/test-{secrets.token_hex(3)}"
    reference = f"127.0.0.1:{sandbox.ports['registry']}/{repository}:1"
    crane = str(sandbox.layout.bin / "crane")
    start = ("--workdir", "/app", "--entrypoint", "python,server.py")
    for command in (
        (crane, "append", "--new_layer", str(archive), "--new_tag", reference),
        (crane, "mutate", reference, *start, "--tag", reference),
    ):
        subprocess.run(command, check=True, timeout=30 * PATIENCE, capture_output=True)
    return f"registry.fieldday.example/{repository}:1"


@dataclass(frozen=True)
class Cluster:
    """kubectl in one namespace of the sandbox."""

    kubectl: Path
    kubeconfig: Path
    namespace: str
    image: str

    def run(
        self, *arguments: str, text: str = "", timeout: float = 60 * PATIENCE, check: bool = True
    ) -> str:
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
        self.run("rollout", "status", f"deployment/{deployment}", "--timeout=400s")

    def pods(self, app: str) -> list[Any]:
        """The pods of a Deployment that are not being deleted."""
        found = self.get("pods", "--selector", f"app={app}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]
