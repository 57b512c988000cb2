"""The audit log: who did what to whom, one line a sensitive call, among the other logs.

A line says ids only. What was said, secrets, names and addresses are not in it.
"""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import Request

from reference import addresses, logs
from reference.identity.principal import Principal
from reference.settings import Settings


def record(
    settings: Settings,
    request: Request,
    action: str,
    status: int,
    *,
    actor: Principal | None,
    subject: str | None,
) -> None:
    """Write one line.

    action: what was tried. status: how it ended, as an HTTP status. actor: who did it; None: not
    known. subject: the id of what it was done to.
    """
    logs.event(
        "audit",
        action=action,
        status=status,
        outcome="done" if status < 400 else "refused" if status < 500 else "failed",
        actor=actor.id if actor else None,
        actor_kind=actor.kind.value if actor else None,
        subject=subject,
        origin=_origin(settings, request),
    )


def _origin(settings: Settings, request: Request) -> str | None:
    """The same for all calls from one address, which it does not tell.

    Keyed, as there are too few addresses for a plain hash to hide one; without a key it is left
    out.
    """
    address = addresses.client(request.scope, settings.limits.trusted)
    if address is None or settings.client_secret is None:
        return None
    key = settings.client_secret.encode()
    return hmac.new(key, str(address).encode(), hashlib.sha256).hexdigest()[:16]
