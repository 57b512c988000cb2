"""The lock of one service's release: a Kubernetes Lease, so that two runs don't fight.

It is renewed at each step. One that was not renewed in time belongs to a run that is dead, and is
taken over. It keeps out other runs of this pipeline, not a person with Helm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldday.errors import Retryable, quoted
from fieldday.kubernetes.client import Client
from fieldday.kubernetes.errors import ConflictError

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class LockedError(Retryable):
    """Another run is releasing the service."""


@dataclass(frozen=True)
class Lock:
    """Lease `fieldday-release-<service>` in the namespace of `client`."""

    client: Client
    service: str
    holder: str
    """The id of the run."""

    def acquire(self, seconds: float) -> None:
        """Take it, or renew it, for the next `seconds`. Raises `LockedError`."""
        now = datetime.now(UTC)
        lease = self.client.get("Lease", self._name)
        try:
            if lease is None:
                self.client.create("Lease", self._lease({}, {}, now, seconds))
                return
            spec = lease["spec"]
            until = _expiry(spec)
            if spec.get("holderIdentity") not in (None, "", self.holder) and now < until:
                raise self._locked(spec["holderIdentity"], until, now)
            self.client.replace("Lease", self._lease(lease["metadata"], spec, now, seconds))
        except ConflictError as e:
            msg = f"{self.service}: another run took the release lock just now. Try again."
            raise LockedError(msg, delay=5) from e

    def release(self) -> None:
        """Give it up, where it is held."""
        lease = self.client.get("Lease", self._name)
        if lease is None or lease["spec"].get("holderIdentity") != self.holder:
            return
        lease["spec"]["holderIdentity"] = ""
        try:
            self.client.replace("Lease", lease)
        except ConflictError:
            return  # taken over

    @property
    def _name(self) -> str:
        return f"fieldday-release-{self.service}"

    def _lease(
        self, metadata: dict[str, Any], old: dict[str, Any], now: datetime, seconds: float
    ) -> dict[str, Any]:
        mine = old.get("holderIdentity") == self.holder
        turns = int(old.get("leaseTransitions") or 0)
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            # With its resourceVersion, where it was read: only one of two can replace it.
            "metadata": {**metadata, "name": self._name, "namespace": self.client.namespace},
            "spec": {
                "holderIdentity": self.holder,
                "leaseDurationSeconds": max(1, round(seconds)),
                "acquireTime": old["acquireTime"] if mine else now.strftime(_FORMAT),
                "renewTime": now.strftime(_FORMAT),
                "leaseTransitions": turns if mine else turns + 1,
            },
        }

    def _locked(self, holder: str, until: datetime, now: datetime) -> LockedError:
        msg = (
            f"{self.service}: run {quoted(holder, 250)} is releasing it, until "
            f"{until:%H:%M:%S} UTC at least. Wait for it, or stop it."
        )
        return LockedError(msg, delay=min(60.0, (until - now).total_seconds() + 1))


def _expiry(spec: dict[str, Any]) -> datetime:
    try:
        renewed = datetime.strptime(spec["renewTime"], _FORMAT).replace(tzinfo=UTC)
        return renewed + timedelta(seconds=int(spec["leaseDurationSeconds"]))
    except (KeyError, TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
