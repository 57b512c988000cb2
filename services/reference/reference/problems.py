"""Errors as problem documents (RFC 9457): every answer that is not a success has one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from reference import tracing


class Problem(Exception):  # noqa: N818 - the standard's own word
    """An answer that is not a success.

    status: the HTTP status. detail: what is wrong and what would be right, for the caller.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = extensions

    def response(self) -> Response:
        """The answer, with the request's id so that its log lines can be found."""
        trace = tracing.current.get()
        content = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **({"request_id": trace.request_id} if trace else {}),
            **self.extensions,
        }
        return Response(
            json.dumps(content, ensure_ascii=True),
            self.status,
            self.headers,
            media_type="application/problem+json",
        )


def unexpected() -> Problem:
    """The answer to an error that nobody foresaw; what it was is in the log only."""
    return Problem(500, "The service failed. Try again, and report the request_id if it stays.")
