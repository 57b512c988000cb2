"""The audit log: who did what to whom, one line a sensitive call, among the other logs.

A line says ids only. What was said, secrets, names and addresses are not in it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from reference import addresses, logs
from reference.database import InvalidRecordError, StoreUnavailableError
from reference.dependency_errors import DependencyError
from reference.identity.principal import Principal
from reference.operations import Call, Operation
from reference.problems import Problem
from reference.settings import Settings

# Ids of ours. What else stands in a path may be anything, also what must not be in a log.
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z][a-z0-9-]{0,62}")


async def audited(
    call: Call,
    operation: Operation,
    perform: Callable[[Call, Operation], Awaitable[Response]],
) -> Response:
    """Perform the operation, and write how it ended, whichever way that was.

    The subject is what the path names, or what was made.
    """
    status = 500
    named = [str(value) for value in call.request.path_params.values()]
    try:
        response = await perform(call, operation)
        status = response.status_code
        named += response.headers.get("location", "").rsplit("/", 1)[1:]
        return response
    except Problem as e:
        status = e.status
        raise
    except DependencyError as e:
        status = e.problem().status
        raise
    except StoreUnavailableError:
        status = 503
        raise
    except InvalidRecordError:
        status = 422
        raise
    finally:
        record(
            call.service.settings,
            call.request,
            operation.function.__name__.replace("_", " "),
            status,
            actor=call.caller,
            subject="/".join(name for name in named if _ID.fullmatch(name)) or None,
        )


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
