"""Request ids and W3C trace context."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import tracing

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # pragma: allowlist secret
PARENT = "00f067aa0ba902b7"


def test_ids_are_kept_and_passed_on() -> None:
    trace = tracing.begin("req-1", f"00-{TRACE}-{PARENT}-01")
    assert trace.headers() == {
        "traceparent": f"00-{TRACE}-{trace.span_id}-01",
        "x-request-id": "req-1",
    }
    assert trace.span_id != PARENT


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
    ],
)
def test_a_malformed_trace_is_begun_anew(traceparent: str) -> None:
    assert tracing.begin("", traceparent).trace_id != TRACE


def test_a_later_version_is_read_as_far_as_known() -> None:
    trace = tracing.begin("", f"01-{TRACE}-{PARENT}-03-more")
    assert (trace.trace_id, trace.flags) == (TRACE, "01")


@given(st.text(), st.text())
def test_what_comes_out_is_always_well_formed(request_id: str, traceparent: str) -> None:
    headers = tracing.begin(request_id, traceparent).headers()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", headers["traceparent"])
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", headers["x-request-id"])
