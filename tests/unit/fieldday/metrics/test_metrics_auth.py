"""What metrics endpoints get of their credentials, and that nobody else sees them."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
import respx
from botocore.credentials import Credentials

from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.metrics.auth import BearerAuth, SigV4Auth
from fieldday.metrics.prometheus import Prometheus
from fieldday.metrics.push import Gauge, PushGateway, exposition

URL = "http://metrics.example"
SECRET = "hunter2-hunter2"
EMPTY = httpx.Response(200, json={"data": {"result": []}})
AUTHS = [
    httpx.BasicAuth("ann", SECRET),
    BearerAuth(SECRET),
    SigV4Auth(Credentials("AKIA1", SECRET, SECRET), "eu-west-1"),
]
GAUGES = [Gauge("fieldday_x", "What it is.", 1.5)]


def ask(auth: httpx.Auth | None) -> None:
    async def query() -> None:
        async with httpx.AsyncClient() as client:
            await Prometheus(URL, auth).query(client, "up")

    asyncio.run(query())


def sent(auth: httpx.Auth | None) -> httpx.Headers:
    with respx.mock:
        route = respx.post(f"{URL}/api/v1/query").mock(EMPTY)
        ask(auth)
        return route.calls.last.request.headers


def test_without_credentials_none_are_sent() -> None:
    assert "authorization" not in sent(None)


def test_a_login_and_a_token_are_sent_as_such() -> None:
    assert sent(httpx.BasicAuth("ann", "x"))["authorization"] == "Basic YW5uOng="
    assert sent(BearerAuth(SECRET))["authorization"] == f"Bearer {SECRET}"


def test_a_request_to_aws_is_signed_over_its_body_and_host() -> None:
    headers = sent(SigV4Auth(Credentials("AKIA1", "key", "token"), "eu-west-1"))
    scope = headers["x-amz-date"][:8]
    assert headers["authorization"].startswith(
        f"AWS4-HMAC-SHA256 Credential=AKIA1/{scope}/eu-west-1/aps/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="
    )
    assert headers["x-amz-security-token"] == "token"


def test_the_signature_is_the_one_that_aws_would_work_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed again by botocore from what was sent, as its server does."""
    from botocore.auth import SigV4Auth as Signer
    from botocore.awsrequest import AWSRequest

    with respx.mock:
        route = respx.post(f"{URL}/workspaces/ws-1/api/v1/query").mock(EMPTY)
        auth = SigV4Auth(Credentials("AKIA1", "key"), "eu-west-1")
        body = {"query": 'sum(rate(x{a="b"}[1m]))'}
        httpx.post(f"{URL}/workspaces/ws-1/api/v1/query", data=body, auth=auth)
        request = route.calls.last.request
    headers = {name: request.headers[name] for name in ("content-type", "host")}
    again = AWSRequest("POST", str(request.url), headers, request.content)
    again.context["timestamp"] = request.headers["x-amz-date"]
    again.headers["X-Amz-Date"] = request.headers["x-amz-date"]
    signer = Signer(Credentials("AKIA1", "key").get_frozen_credentials(), "aps", "eu-west-1")
    text = signer.string_to_sign(again, signer.canonical_request(again))
    expected = signer.signature(text, again)
    assert request.headers["authorization"].endswith(f"Signature={expected}")


@pytest.mark.parametrize("auth", AUTHS, ids=lambda auth: type(auth).__name__)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401, text="no"), Permanent),
        (httpx.Response(403, text="no"), Permanent),
        (httpx.Response(500, text="no"), Retryable),
        (httpx.ConnectError("away"), Retryable),
    ],
)
def test_no_secret_is_in_an_error_a_log_or_a_repr(
    auth: httpx.Auth,
    answer: httpx.Response | Exception,
    kind: type[FieldDayError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with respx.mock:
        respx.post(url__startswith=URL).mock(
            side_effect=answer if isinstance(answer, Exception) else [answer, answer]
        )
        with pytest.raises(kind) as asked:
            ask(auth)
        with pytest.raises(FieldDayError) as pushed:
            PushGateway(URL, auth).push("drift_check", {}, GAUGES)
    shown = [str(asked.value), repr(asked.value), str(pushed.value), caplog.text]
    shown += [repr(Prometheus(URL, auth)), repr(PushGateway(URL, auth)), repr(auth)]
    assert SECRET not in "".join(shown)
    assert "metrics.example" in str(asked.value)


def test_gauges_are_pushed_with_their_grouping_and_credentials() -> None:
    with respx.mock:
        route = respx.post(f"{URL}/base/metrics/job/drift_check/environment/a%2Fb").mock(
            httpx.Response(202)
        )
        gateway = PushGateway(f"{URL}/base/", BearerAuth("t"))
        gateway.push("drift_check", {"environment": "a/b"}, GAUGES)
        request = route.calls.last.request
    assert request.headers["authorization"] == "Bearer t"
    assert request.content == exposition(GAUGES).encode()
    assert exposition(GAUGES) == (
        "# HELP fieldday_x What it is.\n# TYPE fieldday_x gauge\nfieldday_x 1.5\n"
    )
