"""Approvals that can't be forged: what a person decided, signed, and verified before acting on it.

Whoever may write XComs, mark tasks or clear them could otherwise say that somebody approved. So
the task that received the answer signs who, when, in which run, and what the approval covers; the
task that acts compares all of it. The key is known to the workers alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from fieldday.errors import Permanent, quoted

KEY_CHARACTERS = 32
"""Fewest characters of a signing key."""
LONGEST = timedelta(hours=24)
"""How long an approval may wait until it is acted on."""
# The clocks of two workers may differ.
_SKEW = timedelta(minutes=5)


class NotApprovedError(Permanent):
    """Nobody approved this, or what was approved is something else."""


@dataclass(frozen=True)
class Approval:
    """One person's approval."""

    dag: str
    run: str
    """The orchestrator's id of the run."""
    task: str
    """The task that asked."""
    by: str
    """The user name of who answered."""
    at: str
    """When; RFC 3339."""
    covers: Mapping[str, Any]
    """What was approved, as JSON has it: digests, a plan's SHA-256, addresses, …"""

    def signed(self, key: str) -> dict[str, Any]:
        """The approval as JSON has it, with its signature by `key`."""
        return {"decision": "approved", **asdict(self), "signature": self._signature(key)}

    @classmethod
    def read(cls, given: Any, key: str) -> Self:
        """What `signed` returned. Raises `NotApprovedError`: it is not that, or was altered."""
        if not isinstance(given, Mapping) or given.get("decision") != "approved":
            msg = (
                "approval: nobody approved. Marking the task successful or clearing it does not "
                "approve. Start again, and answer the card."
            )
            raise NotApprovedError(msg)
        try:
            found = cls(**{name: given[name] for name in cls.__dataclass_fields__})
            genuine = hmac.compare_digest(str(given["signature"]), found._signature(key))
        except (KeyError, TypeError, ValueError):
            genuine = False
        if not genuine:
            msg = (
                "approval: its signature does not match. It was not made by answering the card, "
                "was altered, or the signing key has changed. Start again, and answer the card."
            )
            raise NotApprovedError(msg)
        return found

    def check(self, *, dag: str, run: str, task: str, covers: Mapping[str, Any]) -> None:
        """Raise `NotApprovedError` unless it is this run's, and covers exactly this."""
        if (self.dag, self.run, self.task) != (dag, run, task):
            msg = (
                f"approval: {self.by} approved {self.task} of {self.dag} run {quoted(self.run)}, "
                f"not {task} of {dag} run {quoted(run)}. Start again, and answer the card."
            )
            raise NotApprovedError(msg)
        wanted = _plain(covers)
        differing = sorted(
            name for name in {*wanted, *self.covers} if wanted.get(name) != self.covers.get(name)
        )
        if differing:
            msg = (
                f"approval: {self.by} approved something else: {', '.join(differing)} changed "
                "since. Start again, and answer the card."
            )
            raise NotApprovedError(msg)

    def check_age(self, now: datetime | None = None, longest: timedelta = LONGEST) -> None:
        """Raise `NotApprovedError` where it is too old to begin with."""
        age = (now or datetime.now(UTC)) - datetime.fromisoformat(self.at)
        if not -_SKEW <= age <= longest:
            hours = longest.total_seconds() / 3600
            msg = (
                f"approval: {self.by} approved at {self.at}, and an approval expires after "
                f"{hours:g} h. Start again, and answer the card."
            )
            raise NotApprovedError(msg)

    def _signature(self, key: str) -> str:
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hmac.new(check_key(key).encode(), text.encode(), hashlib.sha256).hexdigest()


def check_key(key: str) -> str:
    """The key. Raises `Permanent`: it is too short to sign with."""
    if len(key) < KEY_CHARACTERS:
        msg = (
            f"approvals_default: its password, the key that signs approvals, has {len(key)} "
            f"characters. Set at least {KEY_CHARACTERS}, such as from 'openssl rand -hex 32'."
        )
        raise Permanent(msg)
    return key


def is_genuine(
    given: Any, key: str, *, dag: str, run: str, task: str, covers: Mapping[str, Any]
) -> bool:
    """Whether a person approved this in that task of that run, for a record."""
    try:
        Approval.read(given, key).check(dag=dag, run=run, task=task, covers=covers)
    except NotApprovedError:
        return False
    return True


def _plain(covers: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back from JSON: tuples are lists."""
    found: dict[str, Any] = json.loads(json.dumps(covers))
    return found
