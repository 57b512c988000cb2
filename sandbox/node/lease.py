"""The node's Lease, renewed from a thread of its own, whatever the event loop is busy with.

By PATCH: a replace without a resource version is refused (422), a second create too (409), and
a node whose lease is 40 s old is taken for dead.
"""

from __future__ import annotations

import http.client
import json
import logging
import threading
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sandbox.apiclient.api import MERGE
from sandbox.apiclient.kubeconfig import Cluster

_NAMESPACE = "kube-node-lease"
_DURATION_SECONDS = 40
_RENEW_SECONDS = 8.0
_RETRY_SECONDS = 1.0
_TIMEOUT_SECONDS = 5.0

_log = logging.getLogger(__name__)


class LeaseKeeper(threading.Thread):
    """Renews `kube-node-lease/<node>` until stopped."""

    def __init__(self, cluster: Cluster, node: str) -> None:
        super().__init__(name="lease", daemon=True)
        self._cluster = cluster
        self._node = node
        self._over = threading.Event()

    def stop(self) -> None:
        """Renew no more."""
        self._over.set()

    def run(self) -> None:
        """Renew for ever."""
        wait = 0.0
        while not self._over.wait(wait):
            try:
                self._renew()
                wait = _RENEW_SECONDS
            except (OSError, http.client.HTTPException, ValueError) as error:
                _log.warning("lease of node %s: %s. Trying again.", self._node, error)
                wait = _RETRY_SECONDS

    def _renew(self) -> None:
        spec = {
            "holderIdentity": self._node,
            "leaseDurationSeconds": _DURATION_SECONDS,
            "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        collection = f"/apis/coordination.k8s.io/v1/namespaces/{_NAMESPACE}/leases"
        status = self._ask("PATCH", f"{collection}/{self._node}", {"spec": spec}, MERGE)
        if status == 404:
            lease = {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self._node, "namespace": _NAMESPACE},
                "spec": spec,
            }
            status = self._ask("POST", collection, lease, "application/json")
        if status >= 400:
            msg = f"HTTP {status}"
            raise ValueError(msg)

    def _ask(self, method: str, path: str, body: object, content_type: str) -> int:
        server = urlsplit(self._cluster.server)
        connection = http.client.HTTPSConnection(
            server.hostname or "", server.port, timeout=_TIMEOUT_SECONDS, context=self._cluster.tls
        )
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        if self._cluster.token:
            headers["Authorization"] = f"Bearer {self._cluster.token}"
        try:
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()
