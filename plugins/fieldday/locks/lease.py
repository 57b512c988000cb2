"""A lock as a Kubernetes Lease: it expires, and keeps who held it last.

It keeps out other runs of the pipelines, not a person with Helm. Its fields:
https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fieldday.kubernetes.client import Client
from fieldday.kubernetes.errors import ConflictError
from fieldday.locks.policy import Held

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
# Of a Lease that does not say: it has expired.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LeaseStore:
    """The Lease `name` in the namespace of `client`."""

    client: Client
    name: str

    def read(self) -> Held | None:
        """As the Lease says."""
        lease = self.client.get("Lease", self.name)
        if lease is None:
            return None
        spec = lease.get("spec") or {}
        return Held(
            holder=str(spec.get("holderIdentity") or ""),
            since=_time(spec.get("acquireTime")),
            renewed=_time(spec.get("renewTime")),
            seconds=float(spec.get("leaseDurationSeconds") or 0),
            turns=int(spec.get("leaseTransitions") or 0),
            kept=lease,
        )

    def write(self, lock: Held, over: Held | None) -> bool:
        """Create the Lease, or replace it as it was read."""
        try:
            if over is None:
                self.client.create("Lease", self._lease(lock, {}))
            else:
                # With its resourceVersion: only one of two can replace it.
                self.client.replace("Lease", self._lease(lock, over.kept["metadata"]))
        except ConflictError:
            return False
        return True

    def remove(self, held: Held) -> None:
        """Leave the Lease without a holder."""
        self.write(replace(held, holder=""), held)

    def _lease(self, lock: Held, metadata: dict[str, Any]) -> dict[str, Any]:
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {**metadata, "name": self.name, "namespace": self.client.namespace},
            "spec": {
                "holderIdentity": lock.holder,
                "leaseDurationSeconds": max(1, round(lock.seconds or 0)),
                "acquireTime": lock.since.strftime(_FORMAT),
                "renewTime": lock.renewed.strftime(_FORMAT),
                "leaseTransitions": lock.turns,
            },
        }


def _time(text: Any) -> datetime:
    try:
        return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return _LONG_AGO
