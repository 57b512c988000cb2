"""Health checks of a part on this machine, several times a second."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx

_SECONDS = 1.8
# For plain HTTP. By default httpx would load all CA certificates for each request: 20 ms.
_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def answer_of(
    url: str, tls: ssl.SSLContext = _TRUSTS_NOBODY, headers: Mapping[str, str] | None = None
) -> httpx.Response | None:
    """The answer to a GET within 1.8 s; None if there is none."""
    try:
        return httpx.get(url, headers=headers, verify=tls, timeout=_SECONDS, trust_env=False)
    except (httpx.HTTPError, OSError):
        return None


def is_well(url: str, tls: ssl.SSLContext = _TRUSTS_NOBODY) -> bool:
    """Whether a GET succeeds within 1.8 s."""
    answer = answer_of(url, tls)
    return answer is not None and answer.is_success
