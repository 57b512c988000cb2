"""helm and the API server, for tests: they answer from models of services, and change them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fieldday.processes import CommandFailed, Completed
from fieldday.releases.rollout import Heal, Uninstall, Upgrade
from fieldday.releases.state import Record, Version
from tests.unit.fieldday.kubernetes.api_model import FakeApi, Response
from tests.unit.fieldday.releases.cluster_model import Cluster, Revision


class Programs:
    """Takes the place of `fieldday.processes.run` for helm, and of an `ApiClient`."""

    def __init__(self) -> None:
        self.services: dict[tuple[str, str], Cluster] = {}
        """By environment and service."""
        self.apis: defaultdict[str, FakeApi] = defaultdict(FakeApi)
        self.not_ready: set[str] = set()
        """Tracks whose pods are not."""
        self.changes: list[str] = []
        """What helm did: environment, service, description."""
        self.kubeconfigs: list[str] = []
        """Where each program, and each client, has found its cluster."""

    def runs(self, environment: str, **services: str) -> None:
        """Those services run in those versions, released by nobody in particular."""
        for name, tag in services.items():
            version = Version(tag, f"sha256:{tag}")
            self.services[environment, name] = Cluster([Revision(version)])

    def now(self, environment: str, service: str) -> Revision:
        """What is deployed."""
        return self.services[environment, service].now

    def holder(self, environment: str, service: str) -> str:
        """Which run holds the lock of the service's release; '' when none does."""
        lease = self.apis[environment].things.get(f"fieldday-release-{service}")
        return str(lease["spec"]["holderIdentity"]) if lease else ""

    def run(self, argv: Sequence[str], *, timeout: float, env: Mapping[str, str]) -> Completed:
        """Answer one call of helm."""
        assert timeout
        words = list(argv)
        environment = _after(words, "--namespace")
        self.kubeconfigs.append(env["KUBECONFIG"])
        if words[1] == "list":
            there = sorted(name for where, name in self.services if where == environment)
            return _said(words, [{"name": f"fieldday-{name}"} for name in there])
        name = next(word for word in words if word.startswith("fieldday-"))
        out = self._helm(environment, name.removeprefix("fieldday-"), words)
        return Completed(tuple(words), 0, json.dumps(out), "", 0.1)

    def call_api(self, resource_path: str, method: str, **options: Any) -> Response:
        """Answer one request to the API server."""
        _, _, path = resource_path.partition("/namespaces/")
        environment, plural, *name = path.split("/")
        api = self.apis[environment]
        if method == "GET" and plural in ("deployments", "pods") and not api.status:
            if name:
                model = self.services[environment, name[0].removeprefix("fieldday-")]
                return Response(200, {"spec": {"replicas": model.stable_replicas}})
            ((_, selector),) = options["query_params"]
            service = selector.rpartition("fieldday-")[2]
            there = self._workload(environment, service) if plural == "deployments" else []
            return Response(200, {"items": there})
        return api.call_api(resource_path, method, **options)

    def _workload(self, environment: str, service: str) -> list[dict[str, Any]]:
        now = self.now(environment, service)
        tracks = {"stable": now.stable, "candidate": now.candidate}
        return [
            deployment(track, version.tag, ready=track not in self.not_ready)
            for track, version in tracks.items()
            if version
        ]

    def _helm(self, environment: str, service: str, words: list[str]) -> Any:
        verb = words[1]
        model = self.services.setdefault((environment, service), Cluster())
        if verb == "history":
            if not model.history:
                said = "Error: release: not found"
                raise CommandFailed(Completed(tuple(words), 1, "", said, 0.1), said)
            return [_line(i, model.history) for i in range(len(model.history))]
        if verb == "get":
            return _values(model.history[int(_after(words, "--revision")) - 1])
        if verb == "rollback":
            model.do(Heal())
            self.changes.append(f"{environment} {service} rollback")
            return {}
        description = _after(words, "--description")
        record = Record.parse(description)
        assert record is not None
        model.do(_change(words, record) if verb == "upgrade" else Uninstall(record))
        self.changes.append(f"{environment} {service} {description}")
        return {}


def deployment(track: str, tag: str, *, ready: bool = True) -> dict[str, Any]:
    """A Deployment with one pod, as Kubernetes has it."""
    labels = {"fieldday.io/track": track, "app.kubernetes.io/version": tag}
    counts = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": int(ready)}
    return {
        "kind": "Deployment",
        "metadata": {"name": "d", "generation": 1, "labels": labels},
        "spec": {"replicas": 1, "template": {"metadata": {"labels": labels}}},
        "status": {"observedGeneration": 1, **counts},
    }


def _line(index: int, history: list[Revision]) -> dict[str, Any]:
    revision = history[index]
    is_last = not any(later.deployed for later in history[index + 1 :])
    done = "uninstalled" if revision.stable is None else "deployed" if is_last else "superseded"
    return {
        "revision": index + 1,
        "updated": f"2026-11-24T08:30:{index:02}Z",
        "status": done if revision.deployed else "pending-upgrade",
        "description": str(revision.record) if revision.record else "Install complete",
    }


def _values(revision: Revision) -> dict[str, Any]:
    stable, candidate = (v or Version("") for v in (revision.stable, revision.candidate))
    return {
        "image": {"tag": stable.tag, "digest": stable.digest},
        "candidate": {
            "enabled": revision.candidate is not None,
            "tag": candidate.tag,
            "digest": candidate.digest,
            "weight": revision.weight,
            "replicas": revision.candidate_replicas,
        },
    }


def _change(words: list[str], record: Record) -> Upgrade:
    given = dict(
        words[i + 1].split("=", 1)
        for i, word in enumerate(words)
        if word in ("--set", "--set-string")
    )
    has_candidate = given["candidate.enabled"] == "true"
    return Upgrade(
        record,
        Version(given["image.tag"], given["image.digest"]),
        Version(given["candidate.tag"], given["candidate.digest"]) if has_candidate else None,
        int(given["candidate.replicas"]) if has_candidate else 0,
        int(given["candidate.weight"]),
    )


def _after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def _said(words: list[str], content: Any) -> Completed:
    return Completed(tuple(words), 0, json.dumps(content), "", 0.1)
