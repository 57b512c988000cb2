"""What a release would do: what its tasks pass on, its card shows, and its approval covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

from fieldday.errors import Permanent, quoted
from fieldday.releases.request import Strategy
from fieldday.releases.rollout import RolloutPlan
from fieldday.releases.state import State, Version

PRODUCTION = "production"
APPROVE = "approve"
"""The task whose approval lets a release into production."""

Images = Mapping[str, Mapping[str, Any]]
"""By service: its image as JSON has it, with `digest`."""

ServiceChange = Literal["install", "update", "none"]


@dataclass(frozen=True)
class ServicePlan:
    """What the release would change of one service."""

    name: str
    before: str | None
    """The version that production runs; none while it is not installed."""
    target: str
    """The version that it shall run."""
    digest: str | None
    """Of the image of that version, where it was built before."""
    built_from: str
    """The version of the source that the image is built from; `unknown` where it does not say."""

    @property
    def change(self) -> ServiceChange:
        """What kind of change it is."""
        if self.before is None:
            return "install"
        return "none" if self.before == self.target else "update"

    def check_current(self, state: State) -> None:
        """Raise `Permanent` where production does not run what the card said that it runs.

        What the run has changed already is its own affair.
        """
        found = state.stable_tag
        if state.started or state.broken or found in (self.before, self.target):
            return
        msg = (
            f"{self.name}: production runs {found or 'nothing'} now, not "
            f"{self.before or 'nothing'} as when this was approved. Release again."
        )
        raise Permanent(msg)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "from": self.before,
            "to": self.target,
            "change": self.change,
            "digest": self.digest,
            "built_from": self.built_from,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` returned."""
        return cls(
            content["name"],
            content["from"],
            content["to"],
            content["digest"],
            str(content["built_from"]),
        )


@dataclass(frozen=True)
class ReleasePlan:
    """One release of a set of services."""

    run: str
    """The orchestrator's id of the run."""
    requested_by: str | None
    services: tuple[ServicePlan, ...]
    """In release order: dependencies first."""
    version: str
    """The tag of the images."""
    source: str | None
    """The folder that the images are built from; none: they are there, from elsewhere."""
    source_version: str | None
    """Made from its content, which must stay the same until the images are built."""
    strategy: Strategy
    steps: tuple[int, ...]
    """Of a canary: the candidate's share of the requests at each step, in percent."""
    gate_seconds: int
    """How long each step is analyzed at least, in seconds."""
    approval_minutes: float
    """How long the approval card waits for an answer, in minutes."""
    reason: str

    @property
    def is_built(self) -> bool:
        """Whether the registry has all images of this version."""
        return all(service.digest for service in self.services)

    @property
    def checked_source(self) -> tuple[Path, str]:
        """The folder of the source, and the version that it must have.

        Raises `Permanent`: this is a release without a source.
        """
        if self.source is None or self.source_version is None:
            msg = "source: this release has none. Release again with a source."
            raise Permanent(msg)
        return Path(self.source), self.source_version

    def check_run(self, run: str) -> None:
        """Raise `Permanent` unless this is that run's plan."""
        if self.run != run:
            msg = f"plan: is of run {quoted(self.run)}, not of {quoted(run)}. Release again."
            raise Permanent(msg)

    def rollouts(self, environment: str, images: Images) -> dict[str, RolloutPlan]:
        """By service, in release order: where its rollout in that environment is to end."""
        production = environment == PRODUCTION
        return {
            service.name: RolloutPlan(
                run=self.run,
                # Staging has nobody's requests to lose, or to be analyzed by.
                strategy=self.strategy if production else "rolling",
                target=Version(service.target, digests(images)[service.name]),
                steps=self.steps,
                traffic=production,
            )
            for service in self.services
        }

    def covers(self, images: Images) -> dict[str, Any]:
        """What an approval of this plan with these images covers, as JSON has it."""
        return {
            "digests": digests(images),
            "from": {service.name: service.before for service in self.services},
            "to": {service.name: service.target for service in self.services},
            "strategy": self.strategy,
            "steps": list(self.steps),
            "gate_seconds": self.gate_seconds,
        }

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "run": self.run,
            "requested_by": self.requested_by,
            "services": [service.to_dict() for service in self.services],
            "version": self.version,
            "source": self.source,
            "source_version": self.source_version,
            "strategy": self.strategy,
            "steps": list(self.steps),
            "gate_seconds": self.gate_seconds,
            "approval_minutes": self.approval_minutes,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, content: Any) -> Self:
        """Read back what `to_dict` returned. Raises `Permanent`: it is not that."""
        try:
            return cls(
                run=str(content["run"]),
                requested_by=content["requested_by"],
                services=tuple(map(ServicePlan.from_dict, content["services"])),
                version=str(content["version"]),
                source=_text_or_none(content["source"]),
                source_version=_text_or_none(content["source_version"]),
                strategy=cast("Strategy", content["strategy"]),
                steps=tuple(map(int, content["steps"])),
                gate_seconds=int(content["gate_seconds"]),
                approval_minutes=float(content["approval_minutes"]),
                reason=str(content["reason"]),
            )
        except (KeyError, TypeError, ValueError) as e:
            msg = (
                f"plan: is not a release's plan ({type(e).__name__}: {e}). It was altered after "
                "the task 'plan'. Release again."
            )
            raise Permanent(msg) from e


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)


def digests(images: Images) -> dict[str, str]:
    """By service: the digest of its image. Raises `Permanent`: there is none."""
    try:
        return {name: str(image["digest"]) for name, image in images.items()}
    except (AttributeError, KeyError, TypeError) as e:
        msg = (
            f"images: are not those of a release ({type(e).__name__}: {e}). They were altered "
            "after the task 'build_and_push'. Release again."
        )
        raise Permanent(msg) from e
