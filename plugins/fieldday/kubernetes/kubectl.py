"""kubectl, for what Helm does not tell: Deployments, pods and Leases, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldday.errors import Retryable, quoted
from fieldday.processes import CommandFailed, run

_SECONDS = 15


class ConflictError(Exception):
    """Another one changed the object first, or made it."""


@dataclass(frozen=True)
class Kubectl:
    """One namespace."""

    namespace: str
    env: Mapping[str, str] = field(default_factory=dict)
    """What kubectl needs in its environment: KUBECONFIG."""

    def workload(self, service: str) -> list[dict[str, Any]]:
        """The Deployments and pods of a service."""
        selector = f"app.kubernetes.io/instance=fieldday-{service}"
        answer = self._run("get", "deployments,pods", "--selector", selector, "--output", "json")
        items: list[dict[str, Any]] = json.loads(answer)["items"]
        return items

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """One object, or none."""
        answer = self._run("get", kind, name, "--output", "json", "--ignore-not-found")
        found: dict[str, Any] | None = json.loads(answer) if answer.strip() else None
        return found

    def create(self, thing: Mapping[str, Any]) -> None:
        """Make an object. Raises `ConflictError` when it is there."""
        self._run("create", "--filename", "-", given=json.dumps(thing))

    def replace(self, thing: Mapping[str, Any]) -> None:
        """Replace an object as it was read. Raises `ConflictError` when it changed since."""
        self._run("replace", "--filename", "-", given=json.dumps(thing))

    def _run(self, *argv: str, given: str | None = None) -> str:
        words = ["kubectl", *argv, "--namespace", self.namespace]
        limit = f"--request-timeout={_SECONDS}s"
        try:
            return run([*words, limit], timeout=_SECONDS + 5, env=self.env, input=given).stdout
        except CommandFailed as e:
            said = e.completed.stderr
            if any(sign in said for sign in ("(AlreadyExists)", "(Conflict)", "(NotFound)")):
                raise ConflictError(said) from e
            if "(Forbidden)" in said or "error: " in said[:8]:
                raise
            msg = f"cluster: cannot be reached ({quoted(said.strip(), 200)}). Is it up?"
            raise Retryable(msg, delay=5) from e
