"""The programs that sign in: services, and those by which operators work."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from reference.identity.principal import Kind, Principal

# The clients whose callers are operators.
OPERATORS = frozenset({"operations"})
# Compared with where the client is not known, so that both take the same time.
_NONE = "0" * 64


class Clients:
    """Clients by name. secrets: the SHA-256 of each one's secret, in hexadecimal digits."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def sign_in(self, name: str, secret: str) -> Principal | None:
        """Who this is; None: no such client, or not its secret."""
        given = hashlib.sha256(secret.encode()).hexdigest()
        if not hmac.compare_digest(self._secrets.get(name, _NONE), given):
            return None
        return Principal(name, Kind.OPERATOR if name in OPERATORS else Kind.SERVICE)
