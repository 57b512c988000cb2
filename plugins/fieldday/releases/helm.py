"""Helm: one service's release read from its history, and changed by one upgrade at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from fieldday.errors import Permanent, Retryable, quoted
from fieldday.processes import CommandFailed, Completed, run
from fieldday.releases.rollout import Upgrade
from fieldday.releases.state import Phase, Record, State, Version

# A rollout of ten steps makes about fourteen revisions, and none of its own may get lost.
_HISTORY = "50"
# More than there are: where a list is cut, Helm may leave out the newest.
_LISTED = "1000"
_SECONDS = 60
_UNREACHABLE = (
    "connection refused",
    "i/o timeout",
    "Kubernetes cluster unreachable",
    "TLS handshake timeout",
    "etcdserver:",
    "unexpected EOF",
)


@dataclass(frozen=True)
class Revision:
    """One line of `helm history`."""

    number: int
    updated: str
    """When, as RFC 3339 in UTC."""
    status: str
    app_version: str
    description: str
    rollback_of: int | None = None
    """The revision that this one put back."""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """Read one entry of `helm history -o json`."""
        return cls(
            number=int(line["revision"]),
            updated=str(line["updated"]),
            status=str(line["status"]),
            app_version=str(line.get("app_version") or ""),
            description=str(line.get("description") or ""),
            rollback_of=int(number) if (number := line.get("rollback_revision")) else None,
        )

    @property
    def finished(self) -> bool:
        """Whether Helm completed it: a release or an uninstallation."""
        # Helm writes the final description last; until then it says what is under way.
        return self.status in ("deployed", "superseded", "uninstalled") and not (
            self.description.startswith(("Preparing ", "Initial install underway"))
        )

    @property
    def was_uninstalled(self) -> bool:
        """Whether there was nothing after it. Helm renames an uninstallation later."""
        return self.status == "uninstalled" or self.description == "superseded by new release"


@dataclass(frozen=True)
class Helm:
    """The releases of one environment, whose name is also that of its namespace."""

    charts: Path
    """The folder with one chart a service."""
    environment: str
    overlays: tuple[str, ...] = ()
    """`values-<overlay>.yaml` that are applied on top of `values-<environment>.yaml`."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What Helm needs in its environment: KUBECONFIG."""
    options: tuple[str, ...] = ()
    """What each call is given: which context of the kubeconfig."""

    def history(self, service: str) -> tuple[Revision, ...]:
        """All revisions that Helm has, oldest first; none when it was never installed."""
        argv = ("history", f"fieldday-{service}", "--output", "json", "--max", _LISTED)
        try:
            lines = json.loads(self._run(*argv).stdout or "[]")
        except CommandFailed as e:
            if "release: not found" in e.completed.stderr:
                return ()
            raise
        # Helm 4.3 lists them as text sorts them: 10 before 9.
        return tuple(sorted(map(Revision.of, lines), key=lambda revision: revision.number))

    def installed(self) -> tuple[str, ...]:
        """The services that run here by a release, by name."""
        argv = ("list", "--deployed", "--filter", "^fieldday-", "--output", "json")
        found = json.loads(self._run(*argv).stdout or "[]")
        return tuple(sorted(str(line["name"]).removeprefix("fieldday-") for line in found))

    def read(self, service: str, run_id: str) -> State:
        """What the cluster says, as the run `run_id` sees it, without `stable_replicas`."""
        revisions = self.history(service)
        if not revisions:
            return State()
        last = revisions[-1]
        record = record_of(last, revisions)
        first = _first_of(run_id, revisions)
        if last.status == "uninstalled":
            return State(record=record, started=first is not None)
        if last.status != "deployed":
            return State(broken=True, started=first is not None)
        values = self._values(service, last)
        candidate = values["candidate"]
        before = _last_deployed(revisions[:first]) if first is not None else None
        return State(
            stable=_version(values["image"], last),
            candidate=_version(candidate, last) if candidate["enabled"] else None,
            candidate_replicas=int(candidate["replicas"]) if candidate["enabled"] else 0,
            weight=int(candidate["weight"]),
            record=record,
            started=first is not None,
            first=first is not None and _installed_by(revisions[first]),
            previous=_version(self._values(service, before)["image"], before) if before else None,
        )

    def apply(self, service: str, change: Upgrade) -> None:
        """Make the release what `change` says, without waiting for its pods."""
        self._run(*self._upgrade(service, change))

    def heal(self, service: str) -> str:
        """Roll back what an interrupted operation left: to the last revision that was deployed.

        Helm marks that revision as superseded before it marks the new one as deployed, so its
        status may be either. The release is uninstalled only where no revision was ever deployed
        since it was installed. Returns what was done, in words.
        """
        last = _last_deployed(self.history(service))
        if last is None:
            self.uninstall(service, "removed: its first installation was interrupted")
            return "uninstalled, since its first installation was interrupted"
        number = str(last.number)
        self._run("rollback", f"fieldday-{service}", number, "--history-max", _HISTORY)
        return f"rolled back to revision {number}, since the operation after it was interrupted"

    def uninstall(self, service: str, description: str) -> None:
        """Remove the service; Helm keeps its history, with `description` as the last word."""
        argv = ("uninstall", f"fieldday-{service}", "--keep-history", "--description", description)
        self._run(*argv)

    def values_files(self, service: str) -> list[Path]:
        """The values files that make the service's release, the later on top of the earlier.

        Raises `Permanent` when one is missing.
        """
        chart = self.charts / service
        files = [chart / f"values-{name}.yaml" for name in (self.environment, *self.overlays)]
        for file in (chart / "Chart.yaml", *files):
            if not file.is_file():
                msg = f"{service}: its chart has no {file.name}. Add {file}."
                raise Permanent(msg)
        return files

    def _upgrade(self, service: str, change: Upgrade) -> Sequence[str]:
        candidate = change.candidate
        strings = {
            "image.tag": change.stable.tag,
            "image.digest": change.stable.digest,
            "candidate.tag": candidate.tag if candidate else "",
            "candidate.digest": candidate.digest if candidate else "",
        }
        values = {
            "candidate.enabled": str(candidate is not None).lower(),
            "candidate.weight": change.weight,
            "candidate.replicas": max(1, change.candidate_replicas),
            "candidate.preview": str(change.preview and candidate is not None).lower(),
        }
        argv = ["upgrade", "--install", f"fieldday-{service}", str(self.charts / service)]
        for file in self.values_files(service):
            argv += ["--values", str(file)]
        for key, text in strings.items():
            argv += ["--set-string", f"{key}={text}"]
        for key, value in values.items():
            argv += ["--set", f"{key}={value}"]
        argv += ["--description", str(change.record), "--history-max", _HISTORY]
        return [*argv, "--timeout", f"{_SECONDS}s", "--hide-notes", "--output", "json"]

    def _values(self, service: str, revision: Revision) -> Any:
        name, number = f"fieldday-{service}", str(revision.number)
        argv = ("get", "values", name, "--revision", number, "--all", "--output", "json")
        return json.loads(self._run(*argv).stdout)

    def _run(self, *argv: str) -> Completed:
        try:
            words = ["helm", *argv, "--namespace", self.environment, *self.options]
            return run(words, timeout=_SECONDS + 20, env=self.env)
        except CommandFailed as e:
            said = e.completed.stderr
            if any(sign in said for sign in _UNREACHABLE):
                msg = f"cluster: is unreachable ({quoted(said.strip(), 200)}). Is it up?"
                raise Retryable(msg, delay=5) from e
            raise


def record_of(revision: Revision, revisions: Sequence[Revision]) -> Record | None:
    """What the rollout wrote on a revision, or on the one that it put back."""
    by_number = {r.number: r for r in revisions}
    seen: set[int] = set()
    while revision.rollback_of and revision.number not in seen:
        seen.add(revision.number)
        revision = by_number.get(revision.rollback_of, revision)
    return Record.parse(revision.description)


def _first_of(run_id: str, revisions: Sequence[Revision]) -> int | None:
    for index, revision in enumerate(revisions):
        record = Record.parse(revision.description)
        if record and record.run == run_id and revision.finished:
            return index
    return None


def _installed_by(revision: Revision) -> bool:
    record = Record.parse(revision.description)
    return record is not None and record.phase is Phase.INSTALL


def _last_deployed(revisions: Sequence[Revision]) -> Revision | None:
    """The newest revision that was deployed; none where an uninstallation came after it."""
    last = next((r for r in reversed(revisions) if r.finished), None)
    return None if last is None or last.was_uninstalled else last


def _version(image: Mapping[str, Any], revision: Revision) -> Version:
    return Version(str(image["tag"] or revision.app_version), str(image["digest"] or ""))
