"""`python healthy.py COMPONENT`: whether the API server reports this component as healthy.

Light enough to ask twice a minute: `airflow jobs check` imports all of Airflow each time.
"""

from __future__ import annotations

import http.client
import json
import sys

_SERVER = "airflow-api-server"


def is_healthy(health: dict[str, dict[str, str | None]], component: str) -> bool:
    """`health` is the answer of /api/v2/monitor/health."""
    return health.get(component, {}).get("status") == "healthy"


def main(component: str) -> int:
    """The exit code."""
    # The server requests itself by its own name too, without a proxy.
    server = http.client.HTTPConnection(_SERVER, 8080, timeout=8)
    server.request("GET", "/api/v2/monitor/health")
    return 0 if is_healthy(json.load(server.getresponse()), component) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
