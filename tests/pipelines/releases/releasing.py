"""Starting releases, following them, and finding out what came of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.demo import versions
from sandbox.demo.traffic import USERS, Account, Traffic, account
from sandbox.demo.users import sign_up
from sandbox.kubernetes import kubectl
from tests.pipelines.runs import Runs, report_of

# Of the service's unit tests, what most releases run: the first runs them all.
_FEW_TESTS = ("conftest.py", "patience.py", "test_service_settings.py", "test_service_rates.py")


@dataclass(frozen=True)
class Ended:
    """A run that is over."""

    run: str
    state: str
    tasks: Mapping[str, str]
    evidence: Mapping[str, Any]
    met: Account

    @property
    def reason(self) -> str:
        return str(self.evidence["reason"])


@dataclass
class Releases(Runs):
    """Runs of `release`, and what they put before users."""

    dag = "release"
    stamp: str = field(default_factory=lambda: datetime.now(UTC).strftime("%y%m%d-%H%M%S"))

    def version(self, name: str) -> str:
        return f"{self.stamp}-{name}"

    def start(
        self,
        version: str,
        faults: Mapping[str, Any] | None = None,
        *,
        few_tests: bool = False,
        **conf: Any,
    ) -> str:
        source = versions.make(self.context.layout, version, faults)
        if few_tests:
            for path in (source / "tests").glob("*.py"):
                if path.name not in _FEW_TESTS:
                    path.unlink()
        return self.operator.trigger(
            {
                "services": ["api"],
                "reason": f"Test of {version}",
                "version": version,
                "source": str(source),
                "gate_seconds": 8,
                **conf,
            }
        )

    def await_card(self, run: str) -> None:
        assert self.comes(lambda: self.approver.is_pending(run) or self.ended(run))
        assert self.approver.is_pending(run), self.tasks_of(run)

    def follow(
        self, run: str, answer: str | None = "Approve", meanwhile: Callable[[], None] | None = None
    ) -> str:
        """Wait for the end of a run; its state."""
        if answer is not None:
            self.await_card(run)
            self.approver.answer(run, answer)
        if meanwhile is not None:
            meanwhile()
        assert self.comes(lambda: self.ended(run)), self.tasks_of(run)
        return self.operator.state(run)

    def release(
        self,
        name: str,
        faults: Mapping[str, Any] | None = None,
        *,
        answer: str = "Approve",
        meanwhile: Callable[[], None] | None = None,
        **conf: Any,
    ) -> Ended:
        """A release of `api` from start to end, under traffic once a person is asked."""
        version = self.version(name)
        edge = self.context.ports.url("edge")
        run = self.start(version, faults, few_tests=True, **conf)
        users = sign_up(edge, "fieldday.localhost", USERS)
        self.await_card(run)
        with Traffic(edge, "api.fieldday.localhost", users=users) as traffic:
            state = self.follow(run, answer, meanwhile)
        evidence = self.evidence(run)
        met = account(traffic.answers, version)
        # Shown with a failure, and by `-rP`.
        sys.stdout.write(f"{version}: {evidence['outcome']}: {evidence['reason']}\n  {met}\n")
        return Ended(run, state, self.tasks_of(run), evidence, met)

    def evidence(self, run: str) -> dict[str, Any]:
        return report_of(self.context.layout.reports / "releases", run)

    def promoted(self) -> dict[str, Any]:
        """The evidence of a release that was promoted: there is at least the first one."""
        found = map(json.loads, map(Path.read_text, self.context.layout.reports.glob("releases/*")))
        return next(content for content in found if content["outcome"] == "promoted")

    def running(self, service: str = "api") -> tuple[str, bool]:
        """The version that production's stable track runs, and whether there is a candidate."""
        found = json.loads(
            kubectl(self.context, "get", "deployments", "-n", "production", "-o", "json")
        )
        labels = {
            item["metadata"]["name"]: item["spec"]["template"]["spec"]["containers"][0]
            for item in found["items"]
        }
        environment = {e["name"]: e.get("value") for e in labels[f"fieldday-{service}"]["env"]}
        return str(environment["VERSION"]), f"fieldday-{service}-candidate" in labels
