"""Steady requests through the edge, each of which is accounted for.

Nothing is retried, so that losses are visible. That is also why httpx is used: other clients
retry a GET automatically when a keep-alive connection breaks.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from sandbox.demo.services import SERVICES
from sandbox.demo.users import User

_TIMEOUT_SECONDS = 10.0
_READS = ("/", "/v1/favourites?limit=5", f"/v1/dependencies?among={','.join(SERVICES)}")
_CONNECTIONS = 16
USERS = 16
"""Enough for the usual rate: `api` lets one user send 5 requests a second."""


class Request(NamedTuple):
    """What a user asks for."""

    method: str
    path: str
    body: dict[str, str] | None = None
    """Sent as JSON."""


def reads_and_writes(number: int) -> Request:
    """The request of this number to `api`: every fourth is a POST; the others read."""
    if number % 4 == 0:
        return Request("POST", "/v1/favourites", {"session": str(uuid.uuid4())})
    return Request("GET", _READS[number % len(_READS)])


@dataclass(frozen=True)
class Answer:
    """What a user got."""

    time: float
    """When, in seconds of `time.monotonic`."""
    status: int
    """0: no answer came."""
    version: str
    """Of the pod that answered; "" when none did."""
    problem: str = ""
    """Why no answer came."""

    @property
    def is_good(self) -> bool:
        """Whether the user got what was asked for."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Account:
    """What users met during a release of `version`."""

    requests: int
    failed: int
    """Bad answers and lost requests that the version itself did not cause."""
    exposed: int
    """Requests that the version answered, well or badly."""
    bad: int
    """Those of them that it answered badly."""
    restored_seconds: float
    """From its first bad answer to its last answer; 0: it gave no bad one."""
    problems: tuple[str, ...]
    """What `failed` counts, each kind once."""


def account(answers: list[Answer], version: str) -> Account:
    """Sum up what users met while `version` was released."""
    its = [answer for answer in answers if answer.version == version]
    bad = [answer for answer in its if not answer.is_good]
    failed = [a for a in answers if not a.is_good and a.version != version]
    kinds = sorted({a.problem or f"status {a.status} by {a.version or 'the edge'}" for a in failed})
    restored = max(a.time for a in its) - min(a.time for a in bad) if bad else 0.0
    return Account(
        requests=len(answers),
        failed=len(failed),
        exposed=len(its),
        bad=len(bad),
        restored_seconds=round(restored, 1),
        problems=tuple(kinds),
    )


@dataclass
class Traffic:
    """Sends `rate` requests a second to `host` at `url` while its `with` block runs.

    They go over connections that are kept open. `sent` and `answers` agree once it has ended.
    """

    url: str
    host: str
    rate: float = 40.0
    request: Callable[[int], Request] = reads_and_writes
    """What is asked for, by the number of the request."""
    users: Sequence[User] = ()
    """Who sends them, in turns; none: somebody who is not signed in."""
    sent: int = 0
    answers: list[Answer] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._send()), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, once every request that was sent is accounted for."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_TIMEOUT_SECONDS + 5)

    def since(self, mark: int) -> list[Answer]:
        """The answers after the first `mark`."""
        return self.answers[mark:]

    async def _send(self) -> None:
        begin = time.monotonic()
        async with AsyncExitStack() as stack:
            users: Sequence[User | None] = self.users or (None,)
            senders = [await stack.enter_async_context(self._client(user)) for user in users]
            group = await stack.enter_async_context(asyncio.TaskGroup())
            for number in itertools.count():
                if self._ended.is_set():
                    break
                sender = senders[number % len(senders)]
                group.create_task(self._one(sender, self.request(number)))
                self.sent = number + 1
                # By the clock, so that a late request does not delay those after it.
                await asyncio.sleep(max(0.0, begin + (number + 1) / self.rate - time.monotonic()))

    def _client(self, user: User | None) -> httpx.AsyncClient:
        """The connections of one user, kept open."""
        limits = httpx.Limits(max_connections=_CONNECTIONS)
        address = user.address if user else None
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(limits=limits, local_address=address),
            base_url=self.url,
            headers={"Host": self.host, **(user.headers if user else {})},
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )

    async def _one(self, client: httpx.AsyncClient, request: Request) -> None:
        try:
            answer = await client.request(request.method, request.path, json=request.body)
        except httpx.HTTPError as error:
            problem = f"{request.method}: {type(error).__name__}: {error}"
            self.answers.append(Answer(time.monotonic(), 0, "", problem))
            return
        version = answer.headers.get("X-Version", "")
        self.answers.append(Answer(time.monotonic(), answer.status_code, version))
