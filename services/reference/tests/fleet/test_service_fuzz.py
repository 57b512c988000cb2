"""Inputs made from each service's own OpenAPI document, right and wrong, and attacks in them.

How many: FUZZ_INPUTS over all services, 600 by default; fewer where an operation takes little, so
that `make fuzz` asks for 15,000 to send over 10,000.
"""

from __future__ import annotations

import copy
import json
import math
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import hypothesis
import pytest
import requests
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, openapi
from schemathesis.checks import not_a_server_error, response_schema_conformance

from reference import services

if TYPE_CHECKING:
    from conftest import Fleet, User

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(3600)]

Operations = dict[str, list[Any]]

INPUTS = int(os.environ.get("FUZZ_INPUTS", "600"))
SEED = int(os.environ.get("FUZZ_SEED", "20261125"))
NAMES = sorted(services.names())
# A sample of what is tried against every address on the internet.
SQL = (
    "'; DROP TABLE documents; --",
    "' OR '1'='1",
    "1; SELECT pg_sleep(3600)--",
    "' UNION SELECT NULL, current_user, version(), NULL --",
    "'||(SELECT pg_sleep(3600))||'",
    "\\'; COPY documents TO PROGRAM 'id'; --",
    "$1; DELETE FROM documents",
    "%27%20OR%201%3D1",
)
HTML = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "<svg/onload=alert(1)>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "</title><script src=//evil.example></script>",
)


@pytest.fixture(scope="module")
def unlimited(fleet: Fleet, eventually: Callable[..., None]) -> Fleet:
    """The fleet without rate limits, which would answer most of the inputs."""
    for member in fleet.members.values():
        member.stop()
        member.variables.pop("RATE_LIMIT_PER_USER", None)
        member.variables.pop("RATE_LIMIT_PER_IP", None)
        member.start()
    for member in fleet.members.values():
        eventually(member.is_ready, 60, f"{member.name} is ready")
    return fleet


@pytest.fixture(scope="module")
def callers(unlimited: Fleet) -> list[Mapping[str, str]]:
    """Headers of a user, a service, an operator, and of nobody."""
    return [
        unlimited.user().headers,
        unlimited.client_token("api"),
        unlimited.client_token("operations"),
        {},
    ]


@pytest.fixture(scope="module")
def operations(unlimited: Fleet) -> Operations:
    """The operations of each service, as its document has them."""
    found = {}
    for name in NAMES:
        document = unlimited.call("GET", name, "/openapi.json").json()
        found[name] = [r.ok() for r in openapi.from_dict(document).get_all_operations()]
    return found


@pytest.fixture(scope="module")
def sent() -> Iterator[dict[str, int]]:
    """How many inputs each service got; said at the end."""
    counts: dict[str, int] = {}
    yield counts
    # Shown by `make fuzz`.
    sys.stdout.write(f"\n{sum(counts.values())} inputs, seed {SEED}: {json.dumps(counts)}\n")


@pytest.mark.parametrize("name", NAMES)
def test_no_input_makes_a_service_fail(
    unlimited: Fleet,
    operations: Operations,
    callers: list[Mapping[str, str]],
    sent: dict[str, int],
    name: str,
) -> None:
    """Each answer is as the document says, and none is a 5xx."""
    each = max(2, math.ceil(INPUTS / (sum(map(len, operations.values())) * 2)))
    with requests.Session() as session:
        session.trust_env = False
        for operation in operations[name]:
            # To call keys compromised ends every token, as it must: all later answers were 401.
            asking = callers[:2] if operation.label == "POST /v1/keys" else callers
            url = unlimited.members[name].url
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                count = _ask(operation, mode, each, url, asking, session)
                sent[name] = sent.get(name, 0) + count


def _ask(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    url: str,
    callers: list[Mapping[str, str]],
    session: requests.Session,
) -> int:
    """Send inputs for an operation, each as one of the callers; how many."""
    chosen = random.Random(SEED)
    count = 0

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal count
        count += 1
        headers = {**(case.headers or {}), **chosen.choice(callers)}
        answer = case.call(base_url=url, headers=headers, session=session)
        case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])

    try:
        ask()
    except Unsatisfiable:
        # Nothing is wrong for an operation that takes nothing.
        assert mode is GenerationMode.NEGATIVE, operation.label
    return count


@pytest.mark.parametrize("attack", [*SQL, *HTML])
def test_an_attack_is_text_and_nothing_else(
    unlimited: Fleet, right: Operations, attack: str
) -> None:
    """In each text of a body, a query or a path: kept as it came, or refused; never run."""
    user = unlimited.user()
    before = {name: _records(unlimited, name) for name in NAMES}
    for name in NAMES:
        for case in right[name]:
            for path, query, body in _attacked(case, attack):
                _expect_harmless(unlimited, user, name, case.method, path, query, body)
    for name, count in before.items():
        assert _records(unlimited, name) >= count, f"{name}: records are gone"


@pytest.mark.parametrize("attack", [*SQL, *HTML])
def test_an_attack_comes_back_as_it_was_sent(unlimited: Fleet, attack: str) -> None:
    user = unlimited.user()
    offered = {
        "title": attack,
        "activity": "kayaking",
        "spot": "lake-tahoe",
        "starts_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        "price_cents": 4500,
    }
    kept = user.call("POST", "discovery", "/v1/sessions", json=offered)
    assert kept.status_code == 201, kept.text
    found = user.call("GET", "discovery", kept.headers["location"])
    assert found.json()["data"]["title"] == attack


@pytest.fixture(scope="module")
def right(operations: Operations) -> dict[str, list[Any]]:
    """A request of each operation of each service that is as its document asks for."""
    return {name: [_right(operation) for operation in operations[name]] for name in NAMES}


def _attacked(case: Any, attack: str) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Requests that are right but for one text, which is the attack: path, query, body."""
    operation = case.operation
    path, query, body = case.formatted_path, dict(case.query or {}), _body(case)
    for parameter in operation.path_parameters:
        yield operation.path.replace(f"{{{parameter.name}}}", quote(attack, safe="")), query, body
    for parameter in operation.query:
        yield path, {**query, parameter.name: attack}, body
    for place in _texts(body):
        yield path, query, _replaced(body, place, attack)


def _right(operation: Any) -> Any:
    """One request as the document asks for it."""
    found = []

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=1,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def take(case: Any) -> None:
        found.append(case)

    take()
    return found[0]


def _body(case: Any) -> Any:
    return case.body if isinstance(case.body, dict | list) else None


def _texts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body there are texts."""
    if isinstance(value, str):
        yield at
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*at, key))


def _replaced(value: Any, at: tuple[Any, ...], attack: str) -> Any:
    changed = copy.deepcopy(value)
    holder = changed
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = attack
    return changed


def _expect_harmless(
    fleet: Fleet, user: User, name: str, method: str, path: str, query: Any, body: Any
) -> None:
    answer = user.call(method.upper(), name, path, params=query, json=body)
    said = f"{method} {path} {body}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, said
    assert "html" not in answer.headers.get("content-type", ""), said
    assert answer.headers["x-content-type-options"] == "nosniff", said
    assert answer.headers["content-security-policy"].startswith("default-src 'none'"), said


def _records(fleet: Fleet, name: str) -> int:
    """How many the service's database holds."""
    ((count,),) = fleet.execute(name, "SELECT count(*) FROM documents")
    return int(count)
