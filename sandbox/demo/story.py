"""The demo, start to finish."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from sandbox.demo import versions
from sandbox.demo.airflow import ENDED, Airflow, until
from sandbox.demo.report import Line, save, table
from sandbox.demo.services import SERVICES
from sandbox.demo.traffic import USERS, Traffic, account
from sandbox.demo.users import sign_up
from sandbox.errors import SandboxError
from sandbox.kubernetes import kubectl
from sandbox.layout import layout_from_environment
from sandbox.parts.context import Context
from sandbox.progress import Progress
from sandbox.up import up

_SERVICE = "api"
_DOMAIN = "fieldday.localhost"
_BAD = {"error_rate": 0.05}
# The good version is followed until so many requests are accounted for.
_REQUESTS = 1000
_RUN_SECONDS = 420
_ANSWER_SECONDS = 3600


def main() -> int:
    """Start the sandbox and release. Returns 0 if everything went as expected."""
    begin = time.monotonic()
    console = Console(highlight=False)
    layout = layout_from_environment()
    cold = not (layout.bin / "kube-apiserver").exists()
    context = Context.of(layout)
    with Progress() as progress:
        up(context, progress)
    with Airflow(context, "operator") as operator, Airflow(context, "approver") as approver:
        demo = _Demo(context, console, operator, approver)
        lines = demo.run()
    seconds = time.monotonic() - begin
    save(layout, seconds, cold=cold, lines=lines)
    console.print()
    console.print(table(lines))
    _say_where_next(console, context, demo, seconds)
    wrong = _wrong(lines)
    for text in wrong:
        console.print(text, style="red", markup=False)
    return 1 if wrong else 0


def _wrong(lines: list[Line]) -> list[str]:
    """What did not go as the demo promises, in words."""
    good, bad = lines
    found = []
    for line, outcome in ((good, "promoted"), (bad, "rolled_back")):
        if line.outcome != outcome:
            said = line.outcome.replace("_", " ")
            found.append(f"{line.version}: {said} instead of {outcome}: {line.reason}")
        if line.failed:
            found.append(f"{line.version}: {line.failed} requests failed that need not have.")
    return found


def _say_where_next(console: Console, context: Context, demo: _Demo, seconds: float) -> None:
    folder = context.layout.reports
    console.print(f"\nDone in {seconds:.0f} s. Where to look next:")
    for run, what in demo.runs:
        console.print(f"  {what:<18} {demo.operator.url(run)}", soft_wrap=True)
    console.print(f"  {'evidence':<18} {folder / 'releases'}", soft_wrap=True)
    console.print(f"  {'this report':<18} {folder / 'demo.json'}", soft_wrap=True)
    console.print("  users and addresses: make status; stop all: make down")


def not_installed(context: Context) -> list[str]:
    """The demo's services that do not run in production: nobody has released them yet."""
    found = kubectl(context, "get", "deployments", "-n", "production", "-o", "json")
    ready = {
        item["metadata"]["name"]
        for item in json.loads(found)["items"]
        if item["status"].get("availableReplicas")
    }
    return [name for name in SERVICES if f"fieldday-{name}" not in ready]


class _Demo:
    """The releases, one after another."""

    def __init__(
        self, context: Context, console: Console, operator: Airflow, approver: Airflow
    ) -> None:
        self.context = context
        self.operator = operator
        self.runs: list[tuple[str, str]] = []
        self._approver = approver
        self._console = console
        self._asks = os.environ.get("DEMO_APPROVE") == "ask"
        # A tag never changes, so each demo has versions of its own.
        self._stamp = datetime.now(UTC).strftime("%Y.%m.%d-%H%M%S")

    def run(self) -> list[Line]:
        """Release; returns what users met during the good and the bad release."""
        self.operator.await_dag()
        if new := not_installed(self.context):
            self._first_release(new)
        host = f"{_SERVICE}.{_DOMAIN}"
        edge = self.context.ports.url("edge")
        users = sign_up(edge, _DOMAIN, USERS)
        with Traffic(edge, host, users=users) as traffic:
            good = self._under_traffic(traffic, f"{self._stamp}-good", None, "good version")
            bad = self._under_traffic(traffic, f"{self._stamp}-bad", _BAD, "bad version")
        return [good, bad]

    def _first_release(self, services: list[str]) -> None:
        source = versions.make(self.context.layout, f"{self._stamp}-first")
        conf = {"services": services, "reason": "Demo: the first release"}
        run = self._release(f"{self._stamp}-first", source, conf, "first release")
        if self.operator.state(run) != "success":
            raise SandboxError(f"the first release failed: {self._reason(run)}")

    def _under_traffic(
        self, traffic: Traffic, version: str, faults: dict[str, Any] | None, what: str
    ) -> Line:
        source = versions.make(self.context.layout, version, faults)
        mark = len(traffic.answers)
        conf = {"services": [_SERVICE], "strategy": "canary", "reason": f"Demo: a {what}"}
        run = self._release(version, source, conf, what)
        until(lambda: len(traffic.answers) - mark >= _REQUESTS, 60)
        met = account(traffic.since(mark), version)
        for problem in met.problems:
            self._console.print(f"  lost: {problem}", style="red", markup=False)
        evidence = self._evidence(run)
        return Line(
            service=_SERVICE,
            version=version,
            outcome=evidence.get("outcome", "failed"),
            requests=met.requests,
            failed=met.failed,
            exposed=met.exposed,
            restored_seconds=met.restored_seconds,
            reason=evidence.get("reason", "it left no evidence"),
        )

    def _release(self, version: str, source: Path, conf: dict[str, Any], what: str) -> str:
        """Start a run, approve it, wait for its end, and show its progress."""
        run = self.operator.trigger({**conf, "version": version, "source": str(source)})
        self.runs.append((run, what))
        self._console.print(f"\n[bold]{what}[/] {version}")
        self._console.print(f"  {self.operator.url(run)}", soft_wrap=True)
        begin = time.monotonic()
        shown: dict[str, str] = {}
        asked = False
        limit = _RUN_SECONDS + (_ANSWER_SECONDS if self._asks else 0)

        def has_ended() -> bool:
            nonlocal asked
            state = self.operator.state(run)
            for task, found in self.operator.tasks(run).items():
                if shown.get(task) != found and found in ("success", "failed", "up_for_retry"):
                    self._say(begin, task, found)
                shown[task] = found
            if shown.get("approve") == "awaiting_input" and not (asked and self._asks):
                asked = self._decide(run, begin)
            return state in ENDED

        if not until(has_ended, limit):
            raise SandboxError(f"the run {run} has not ended after {limit} s. See 'make logs'.")
        self._say(begin, "the run", self.operator.state(run))
        return run

    def _decide(self, run: str, begin: float) -> bool:
        if not self._approver.is_pending(run):
            return False
        if self._asks:
            self._console.print("  Waiting for you: log in as approver and approve it there.")
        else:
            self._approver.answer(run, "Approve")
            self._say(begin, "the demo", "approves, as approver")
        return True

    def _say(self, begin: float, task: str, text: str) -> None:
        self._console.print(f"  {time.monotonic() - begin:5.0f} s  {task:<22} {text}", markup=False)

    def _evidence(self, run: str) -> dict[str, Any]:
        for path in (self.context.layout.reports / "releases").glob("*.json"):
            content: dict[str, Any] = json.loads(path.read_text())
            if content["run"] == run:
                return content
        return {}

    def _reason(self, run: str) -> str:
        return str(self._evidence(run).get("reason", f"see {self.operator.url(run)}"))
