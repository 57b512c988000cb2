"""What Terraform says is wrong, and which of this library's errors that is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.processes import trimmed

_SHOWN = 3
_LENGTH = 500
# In the words of the AWS SDKs and of Terraform's core.
_CREDENTIALS = re.compile(
    r"NoCredentialProviders|no valid credential|No valid credential|failed to refresh cached "
    r"credentials|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken|"
    r"InvalidAccessKeyId|AuthFailure|SignatureDoesNotMatch"
)
_REFUSED = re.compile(r"AccessDenied|UnauthorizedOperation|AuthorizationError|StatusCode: 403")
_AWAY = re.compile(
    r"connection refused|connection reset|no such host|i/o timeout|request send failed|"
    r"send request failed|Throttling|RequestLimitExceeded|ServiceUnavailable|SlowDown|"
    r"TLS handshake timeout|StatusCode: 5\d\d|status code: 5\d\d|RequestError"
)
_CRASHED = re.compile(r"Plugin did not respond|plugin crashed|Request cancelled|plugin exited")
_LOCKED = "Error acquiring the state lock"
_STALE = "Saved plan is stale"
_ABSENT = "Cannot import non-existent remote object"
_ABSENT_ADDRESS = re.compile(r'import an existing object to "(.+?)",')


class ProviderCrashedError(Retryable):
    """The provider exited in the midst of its work."""


class StateLockedError(Retryable):
    """Another Terraform is at work on the state."""


class AbsentImportError(Permanent):
    """What was to be imported is not there."""

    def __init__(self, message: str, addresses: Iterable[str]) -> None:
        super().__init__(message)
        self.addresses = frozenset(addresses)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.args[0], self.addresses)


class NoAccessError(Permanent):
    """The credentials are missing, or may not do this."""


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong."""

    summary: str
    detail: str = ""
    where: str = ""
    """The resource's address, or file and line."""

    @classmethod
    def of(cls, found: dict[str, Any]) -> Self:
        """Read one of `-json`'s. Its snippet is left out: it may quote a value."""
        place = found.get("range") or {}
        line = f"{place['filename']}:{place['start']['line']}" if place else ""
        return cls(found["summary"], found.get("detail") or "", found.get("address") or line)

    def __str__(self) -> str:
        text = " ".join(f"{self.summary.rstrip('. ')}. {self.detail}".split()).rstrip(". ")
        # A validation of this project's says all of it in its message.
        if self.summary == "Invalid value for variable":
            return " ".join(self.detail.split("\n\nThis was checked")[0].split())
        return trimmed_start(f"{self.where}: {text}" if self.where else text)


def trimmed_start(text: str, limit: int = _LENGTH) -> str:
    """The beginning of a long text."""
    return text if len(text) <= limit else f"{text[:limit]} …"


def errors_in(output: str) -> list[Diagnostic]:
    """The errors in the lines of a command with `-json`."""
    return [
        Diagnostic.of(message["diagnostic"])
        for message in _messages(output)
        if message.get("type") == "diagnostic" and message["diagnostic"]["severity"] == "error"
    ]


def error_of(what: str, diagnostics: Iterable[Diagnostic], said: str = "") -> FieldDayError:
    """The error for a command that failed, by what it says.

    `what` is the environment or the root. `said` is what it wrote besides its diagnostics.
    """
    found = list(diagnostics)
    text = "; ".join(map(str, found[:_SHOWN])) or trimmed(said, _LENGTH) or "it said nothing"
    if len(found) > _SHOWN:
        text += f"; and {len(found) - _SHOWN} more"
    text = f"{text.rstrip('.')}."
    everything = said + " ".join(f"{d.summary} {d.detail}" for d in found)
    if _LOCKED in everything:
        return StateLockedError(f"{what}: another Terraform works on the state. {text}", delay=20)
    if _CREDENTIALS.search(everything):
        return NoAccessError(f"{what}: the AWS credentials are wrong. Fix aws_default. {text}")
    if _REFUSED.search(everything):
        return NoAccessError(f"{what}: AWS refuses. Fix the permissions of aws_default. {text}")
    if _CRASHED.search(everything):
        return ProviderCrashedError(f"{what}: the provider crashed. {text}", delay=10)
    if _AWAY.search(everything):
        return Retryable(f"{what}: AWS can't be reached. {text}", delay=15)
    if absent := absent_imports(found):
        return AbsentImportError(f"{what}: {text}", absent)
    return Permanent(f"{what}: {text}")


def is_crash(text: str) -> bool:
    """Whether an error's text says that a provider exited in the midst of its work."""
    return bool(_CRASHED.search(text))


def is_stale(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether Terraform itself refuses the plan for its age."""
    return any(_STALE in diagnostic.summary for diagnostic in diagnostics)


def absent_imports(diagnostics: Iterable[Diagnostic]) -> set[str]:
    """The addresses of what was to be imported and is not there; none where that is not all."""
    found = set()
    for diagnostic in diagnostics:
        match = _ABSENT_ADDRESS.search(" ".join(diagnostic.detail.split()))
        if diagnostic.summary != _ABSENT or match is None:
            return set()
        found.add(match[1].replace('\\"', '"'))
    return found


def _messages(output: str) -> Iterator[dict[str, Any]]:
    for line in output.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict):
            yield message
