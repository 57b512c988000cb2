"""Asking a service through the edge whether the right version answers."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from fieldday.errors import Retryable

_REQUESTS = 20
_SECONDS = 5.0


class NoAnswerError(Retryable):
    """Nothing answers: the edge is away, or what is behind it hangs."""


@dataclass(frozen=True)
class Edge:
    """The address to which users' requests go, and the domain of the hosts that it serves."""

    url: str
    """Such as http://127.0.0.1:18080."""
    domain: str

    def host(self, service: str, environment: str, *, preview: bool = False) -> str:
        """The host of a service: `api.<domain>`, `api.staging.<domain>`."""
        name = f"{service}-preview" if preview else service
        between = "" if environment == "production" else f".{environment}"
        return f"{name}{between}.{self.domain}"


def probe(edge: Edge, host: str, *, tag: str, track: str, patience: float = 10.0) -> str:
    """Ask `host` 20 times. Returns what is wrong, or '' when each answer is right.

    The edge may need a moment to follow a change: a wrong first answer is asked again for
    `patience` seconds. Raises `NoAnswerError`.
    """
    deadline = time.monotonic() + patience
    with httpx.Client(base_url=edge.url, headers={"Host": host}, timeout=_SECONDS) as client:
        try:
            wrong = _first(client, tag, track, deadline)
            for _ in range(_REQUESTS - 1):
                if wrong:
                    break
                wrong = _ask(client, tag, track)
        except httpx.HTTPError as e:
            msg = f"{host}: GET / returned no answer ({type(e).__name__}: {e})"
            raise NoAnswerError(msg) from e
    return f"{host}: {wrong}" if wrong else ""


def _first(client: httpx.Client, tag: str, track: str, deadline: float) -> str:
    """Ask until the answer is right, or it is too late."""
    while True:
        late = time.monotonic() >= deadline
        try:
            wrong = _ask(client, tag, track)
        except httpx.HTTPError:
            if late:
                raise
        else:
            if not wrong or late:
                return wrong
        time.sleep(0.25)


def _ask(client: httpx.Client, tag: str, track: str) -> str:
    answer = client.get("/")
    if answer.status_code != httpx.codes.OK:
        return f"GET / returned status {answer.status_code}"
    found = (answer.headers.get("X-Version", ""), answer.headers.get("X-Track", ""))
    if found != (tag, track):
        return f"{found[0] or 'an unknown version'} on {found[1] or 'an unknown track'} answers"
    return ""
