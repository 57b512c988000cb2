"""What a service offers: operations, each declared beside the function that answers it.

    operations = Operations()

    @operations.post("/v1/plans", access=Access.USER)
    async def file_plan(call: Call, body: NewPlan) -> Record[Plan]:
        \"\"\"File a float plan.\"\"\"

The function's signature is the contract: `body` and `query` are checked against their types,
`key` is the header Idempotency-Key, parameters of the path are converted to their types, and what
it returns becomes JSON. The OpenAPI document is made from the same.
"""

from __future__ import annotations

import enum
import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from reference.identity.principal import Kind, Principal

if TYPE_CHECKING:
    from starlette.requests import Request

    from reference.service import Service

T = TypeVar("T")
Function = Callable[..., Awaitable[Any]]
_PARAMETER = re.compile(r"{(\w+)}")


class Access(enum.Flag):
    """Who may call: any of these. Nobody needs a token for ANYONE, but a bad one is refused."""

    ANYONE = 0
    USER = enum.auto()
    SERVICE = enum.auto()
    OPERATOR = enum.auto()

    def allows(self, kind: Kind) -> bool:
        """Whether a caller of this kind may call."""
        return not self or Access[kind.name] in self


@dataclass(frozen=True, slots=True)
class Call:
    """One request, on its way to the function that answers it."""

    service: Service
    request: Request
    caller: Principal | None
    """Who calls; None where nobody signed in."""

    @property
    def user(self) -> str:
        """The id of the caller, where the operation's access asks for one."""
        if self.caller is None:
            msg = "this operation is open to anyone, so it has no caller to rely on"
            raise RuntimeError(msg)
        return self.caller.id


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A return value with headers, or a status, of its own.

    content: a value of the type that the operation declares, or its JSON as `msgspec.Raw`.
    """

    content: T | msgspec.Raw
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    function: Function
    access: Access
    ignores_token: bool
    """Whether a token is not looked at, so that one that has expired does no harm."""
    status: int
    also: tuple[int, ...]
    """Other statuses that come with the same content."""
    form: bool
    """Whether the body may be an HTML form as well."""
    audited: bool
    """Whether each call is written to the audit log."""
    summary: str
    parameters: Mapping[str, Any]
    """The type of each parameter of the path."""
    query: Any
    """A `Query`, or None."""
    body: Any
    """An `Input`, or None."""
    key: Any
    """The type of the header Idempotency-Key, which may allow None; or None: it is not read."""
    refuses_cards: bool
    """Whether a request that seems to hold a card's number is refused unread."""
    returns: Any
    """The type of what it returns; None where it writes its own answer."""
    media_types: tuple[str, ...]
    """Of what it returns: each that it may be."""


class Operations:
    """The operations of a service, and what runs beside them.

    refuses_cards: of all its operations.
    """

    def __init__(self, *, refuses_cards: bool = False) -> None:
        self._refuses_cards = refuses_cards
        self.all: list[Operation] = []
        self.background: list[Callable[[Service], Coroutine[Any, Any, None]]] = []
        """Each runs as long as the service does."""

    def get(self, path: str, **given: Any) -> Callable[[Function], Function]:
        """Declare a GET; see `_declare`."""
        return self._declare("GET", path, **given)

    def post(self, path: str, *, status: int = 201, **given: Any) -> Callable[[Function], Function]:
        """Declare a POST; see `_declare`."""
        return self._declare("POST", path, status=status, **given)

    def put(self, path: str, **given: Any) -> Callable[[Function], Function]:
        """Declare a PUT; see `_declare`."""
        return self._declare("PUT", path, **given)

    def delete(self, path: str, **given: Any) -> Callable[[Function], Function]:
        """Declare a DELETE; see `_declare`."""
        return self._declare("DELETE", path, **given)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        ignores_token: bool = False,
        status: int = 200,
        also: tuple[int, ...] = (),
        media_type: str | tuple[str, ...] = "application/json",
        form: bool = False,
        audited: bool = False,
    ) -> Callable[[Function], Function]:
        def declared(function: Function) -> Function:
            hints = typing.get_type_hints(function, include_extras=True)
            names = _PARAMETER.findall(path)
            known = {"body", "query", "key", *names}
            # The first is the call.
            if unknown := set(list(inspect.signature(function).parameters)[1:]) - known:
                msg = f"{function.__name__}: {unknown} are not in {path}, nor body, query or key"
                raise TypeError(msg)
            self.all.append(
                Operation(
                    method=method,
                    path=path,
                    function=function,
                    access=access,
                    ignores_token=ignores_token,
                    status=status,
                    also=also,
                    form=form,
                    audited=audited,
                    summary=(inspect.getdoc(function) or "").partition("\n")[0],
                    parameters={name: hints[name] for name in names},
                    query=hints.get("query"),
                    body=hints.get("body"),
                    key=hints.get("key"),
                    refuses_cards=self._refuses_cards,
                    returns=_content(hints.get("return")),
                    media_types=(media_type,) if isinstance(media_type, str) else media_type,
                )
            )
            return function

        return declared


def _content(returns: Any) -> Any:
    """The type of the content, also where it comes in an `Answer`."""
    return typing.get_args(returns)[0] if typing.get_origin(returns) is Answer else returns
