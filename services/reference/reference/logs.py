"""Logs: one JSON object a line on standard output, with the ids of the request they belong to."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

from reference import redaction, tracing
from reference.settings import Settings

# Container runtimes cut a longer line into pieces.
MOST_BYTES = 16_000
_MOST_FRAMES = 40
# An exception, what caused it, what caused that.
_MOST_CAUSES = 4

_logger = logging.getLogger("reference")


class JsonFormatter(logging.Formatter):
    """A log record as one line: time (UTC), level, event, where it runs, ids, then its fields.

    An exception is a field of its own: type, message, frames from the outermost, and its cause.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        names = ("service", "version", "track", "environment", "pod")
        self._fixed = {name: redaction.text(getattr(settings, name)) for name in names}

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        for most in (redaction.MOST_CHARACTERS, 100):
            line = _json(self._content(record, most))
            if len(line.encode()) <= MOST_BYTES:
                return line
        # Many fields, each long: what happened and where is worth more than any of them.
        head = self._head(record, 100)
        return _json({**head, "cut": True})

    def _head(self, record: logging.LogRecord, most: int) -> dict[str, Any]:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": redaction.text(_event(record), most),
            **self._fixed,
        }
        trace = tracing.current.get()
        if trace is not None:
            head["request_id"] = redaction.text(trace.request_id)
            head |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        return head

    def _content(self, record: logging.LogRecord, most: int) -> dict[str, Any]:
        content = self._head(record, most)
        fields = redaction.clean(getattr(record, "fields", {}), most)
        if isinstance(fields, dict):
            # What a line says of itself no field can say instead.
            content |= {name: value for name, value in fields.items() if name not in content}
        if record.exc_info and record.exc_info[1] is not None:
            content["exception"] = _exception(record.exc_info[1], most)
        return content


def set_up(settings: Settings) -> None:
    """Send all logs of the process to standard output as JSON."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(settings))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    _logger.setLevel(settings.log_level.upper())


def event(
    name: str, level: int = logging.INFO, *, exc_info: bool = False, **fields: object
) -> None:
    """Log one event. Field values must hold no secret and no personal data."""
    _logger.log(level, name, extra={"fields": fields}, exc_info=exc_info)


def described(error: BaseException) -> str:
    """An error's type and message, for a field.

    Of PostgreSQL's the first line only: the next quote the row that is in the way.
    """
    return f"{type(error).__name__}: {_message(error)}"[:300]


def _event(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a library's wrong arguments must not lose the line
        return str(record.msg)


def _message(error: BaseException) -> str:
    try:
        return str(error).partition("\nDETAIL:")[0]
    except Exception:  # noqa: BLE001 - an error that cannot say what it is must not hide that it was
        return "(no message)"


def _exception(error: BaseException, most: int, causes: int = _MOST_CAUSES) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    found: dict[str, Any] = {
        "type": redaction.text(type(error).__qualname__),
        "message": redaction.text(_message(error), most),
        "frames": [
            {"file": _short(frame.filename), "line": frame.lineno, "function": frame.name}
            for frame in (frames if most > 100 else frames[-10:])
        ],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and causes > 1:
        found["cause"] = _exception(cause, most, causes - 1)
    return found


def _short(path: str) -> str:
    """The last three parts of a file's path: enough to find it, whichever machine it is on."""
    return redaction.text("/".join(path.rsplit("/", 3)[-3:]))


def _json(content: dict[str, Any]) -> str:
    # Not as ASCII: an escape's digits next to a text's own could look like a card number.
    return json.dumps(content, ensure_ascii=False)
