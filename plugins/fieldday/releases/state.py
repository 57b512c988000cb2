"""What a cluster says of one service's release, and how a rollout is written down there.

A rollout's state is in the cluster alone. Each change is one Helm revision whose description is
a `Record`, so `helm history` reads as the log of the rollout:

    3  candidate: 1.4.2 at 0 % [manual__2026-11-24T08:14:11+00:00]
    4  weight: 1.4.2 at 10 % [manual__2026-11-24T08:14:11+00:00]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_RECORD = re.compile(r"(?P<phase>[a-z]+): (?P<text>.*) \[(?P<run>[^\[\]]+)\]")
_LONGEST_TEXT = 300


class Phase(StrEnum):
    """Where a rollout is, after the change that carries it."""

    INSTALL = "install"
    """Stable runs the target; there was nothing before."""
    CANDIDATE = "candidate"
    """The candidate runs beside stable, without requests."""
    WEIGHT = "weight"
    """The candidate gets a share of the requests; it was good at every smaller share."""
    PROMOTE = "promote"
    """Stable changes to the target while the candidate has all requests."""
    SETTLE = "settle"
    """Stable runs the target and has all requests; the candidate is idle."""
    RELEASED = "released"
    """Stable runs the target, was found good, and there is no candidate."""
    ROLL = "roll"
    """Stable changes to the target pod by pod."""
    CLEARED = "cleared"
    """A candidate that another run left is being removed."""
    BACK = "back"
    """Given up: stable runs the old version and has all requests."""
    RESTORED = "restored"
    """Given up: as before the run."""


@dataclass(frozen=True)
class Version:
    """An image of the service: its tag, and its digest where it is known."""

    tag: str
    digest: str = ""
    """`sha256:…`, or empty when it was deployed by tag alone."""

    def __str__(self) -> str:
        return self.tag


@dataclass(frozen=True)
class Record:
    """The description of a Helm revision that a rollout made."""

    phase: Phase
    run: str
    """The orchestrator's id of the run."""
    text: str
    """What was done, and why, on one line."""

    def __str__(self) -> str:
        text = re.sub(r"\s+", " ", self.text).strip()
        if len(text) > _LONGEST_TEXT:
            text = text[: _LONGEST_TEXT - 1] + "…"
        return f"{self.phase}: {text} [{self.run}]"

    @classmethod
    def parse(cls, description: str) -> Self | None:
        """The record in a revision's description; none when a person or another tool made it."""
        match = _RECORD.fullmatch(description)
        if match is None or match["phase"] not in set(Phase):
            return None
        return cls(Phase(match["phase"]), match["run"], match["text"])


@dataclass(frozen=True)
class State:
    """One service in one namespace, as the cluster has it now."""

    broken: bool = False
    """Whether its last Helm operation was interrupted or failed."""
    stable: Version | None = None
    """None while it is not installed."""
    stable_replicas: int = 0
    """How many pods stable wants now, whoever scales it."""
    candidate: Version | None = None
    candidate_replicas: int = 0
    weight: int = 0
    """The candidate's share of the requests, in percent."""
    record: Record | None = None
    """What the last revision says; none when it was not made by a rollout."""
    started: bool = False
    """Whether the run that asks has finished any revision."""
    first: bool = False
    """Whether the run that asks installed it, where nothing was."""
    previous: Version | None = None
    """What stable ran before the run that asks; none when there was nothing, or before it
    began."""

    @property
    def stable_tag(self) -> str | None:
        """The version that stable runs; none while it is not installed."""
        return self.stable.tag if self.stable else None
