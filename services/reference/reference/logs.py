"""Logs: one JSON object a line on standard output, with the ids of the request they belong to."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

from reference import tracing
from reference.settings import Settings

_logger = logging.getLogger("reference")


class JsonFormatter(logging.Formatter):
    """A log record as one line: time (UTC), level, event, where it runs, ids, then its fields."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        names = ("service", "version", "track", "environment", "pod")
        self._fixed = {name: getattr(settings, name) for name in names}

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **self._fixed,
        }
        trace = tracing.current.get()
        if trace is not None:
            line |= {"request_id": trace.request_id, "trace_id": trace.trace_id}
            line["span_id"] = trace.span_id
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, default=str)


def set_up(settings: Settings) -> None:
    """Send all logs of the process to standard output as JSON."""
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
