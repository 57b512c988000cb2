"""GraphQL queries without other services: what is refused, and what a query may cost."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import graphql
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference import services
from reference.app import application
from reference.faults import Faults
from reference.service import assemble
from reference.services.api.graph.answering import MOST_COST, SCHEMA
from reference.settings import Settings

INTROSPECTION = "{ __schema { queryType { name } } }"
EVERYTHING = """
    id createdAt title activity spot startsAt priceCents places description
    host { id score { score outcomes } } conditions { rating windMps waveMetres source }
"""


@asynccontextmanager
async def gateway(environment: str = "development") -> AsyncIterator[httpx.AsyncClient]:
    """A client of `api`; nothing that it needs is ever there."""
    given = Settings("api", "1.4.2", "postgresql://nowhere/d", environment=environment)
    service = assemble(given, Faults())
    transport = httpx.ASGITransport(application(service, services.load("api")))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as made:
        yield made
    await service.close()


async def ask(query: str, environment: str = "development", **more: Any) -> httpx.Response:
    async with gateway(environment) as client:
        return await client.post("/graphql", json={"query": query, **more})


async def refused(query: str, **more: Any) -> str:
    """Why a query is refused, which it must be."""
    answer = await ask(query, **more)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["detail"] == f"query: {problem['errors'][0]['message']}"
    assert len(problem["errors"]) <= 11
    return str(problem["detail"])


async def test_nobody_is_me() -> None:
    answer = await ask("{ me { id email } }")
    assert (answer.status_code, answer.json()) == (200, {"data": {"me": None}})


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{", "Syntax Error"),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{ sessions { host } }", "must have a selection of subfields"),
        ('{ session(id: "1 OR 1=1") { title } }', "Expected value of type 'UUID'"),
        ('{ sessions(limit: "ten") { title } }', "Int cannot represent"),
        ("query A { me { id } } query B { me { id } }", "Give as operationName"),
        ("mutation { book }", "not supported by the schema"),
        ("subscription { booked }", "not supported by the schema"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "itself"),
        ("{" * 400 + "}" * 400, "Syntax Error"),
        ("{ me { id } }" * 500, "contains more than 1000 tokens"),
        (" ".join(f"a{n}: nothing" for n in range(100)).join("{}"), "Cannot query field"),
    ],
)
async def test_what_is_no_query_is_refused(query: str, why: str) -> None:
    assert why in await refused(query)


async def test_variables_are_of_their_types() -> None:
    query = "query ($id: UUID!) { session(id: $id) { title } }"
    assert "$id" in await refused(query)
    assert "$id" in await refused(query, variables={"id": "../users"})
    several = "query A { me { id } } query B { other: me { id } }"
    answer = await ask(several, operationName="B", extensions={"persistedQuery": {}})
    assert answer.json() == {"data": {"other": None}}
    # What the other one would need is its own affair.
    wants = "query C($n: Int!) { sessions(limit: $n) { title } }"
    answer = await ask(f"{several} {wants}", operationName="A")
    assert answer.json() == {"data": {"me": None}}
    assert "Give as operationName" in await refused(several, operationName="D")


async def test_fifty_sessions_with_all_about_them_are_not_too_much() -> None:
    # Nobody is there to give them.
    assert (await ask(f"{{ sessions(limit: 50) {{ {EVERYTHING} }} }}")).status_code == 503


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (f"{{ sessions(limit: 100) {{ {EVERYTHING} }} }}", {}),
        (f"query ($n: Int!) {{ sessions(limit: $n) {{ {EVERYTHING} }} }}", {"n": 2_000_000_000}),
        (f"query ($n: Int! = 9999) {{ sessions(limit: $n) {{ {EVERYTHING} }} }}", {}),
        ("{" + " ".join(f"a{n}: matches {{ session {{ title }} }}" for n in range(45)) + "}", {}),
        (
            "{" + " ".join(f"a{n}: sessions(limit: 50) {{ ...A }}" for n in range(20)) + "}"
            f"fragment A on Session {{ {EVERYTHING} }}",
            {},
        ),
    ],
)
async def test_what_costs_too_much_is_refused(query: str, variables: dict[str, Any]) -> None:
    why = await refused(query, variables=variables)
    assert f"exceeds the maximum cost of {MOST_COST}" in why


# Within the words that a query may have; to validate the first three takes a tenth of a second.
REPEATED = [
    "{" + "me { id }" * 190 + "}",
    "{" + ("me {" + "score { score }" * 11 + "}") * 20 + "}",
    "{ me { id }" + ("... on Query {" + "me { id }" * 45 + "}") * 4 + "}",
    "{" + "... { me { id } }" * 130 + "}",
    "{ me {" + "... A " * 300 + "} } fragment A on User { id }",
    "{ __typename }" + "".join(f"query Q{n} {{ me {{ id }} }}" for n in range(100)),
]


@pytest.mark.parametrize("query", REPEATED)
async def test_what_repeats_itself_is_refused_unread(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def validate(*_: object) -> None:
        pytest.fail("it was validated")

    monkeypatch.setattr(graphql, "validate", validate)
    assert re.search(r"is there \d+ times; 50 is the most", await refused(query))


FEW = "".join(f"a{n}: session(id: $id) {{ id }}" for n in range(20))
TOO_MANY = [
    FEW + "me { id }",
    FEW + "... { me { id } }",
    FEW + "... on Query { ... { me { id } } }",
    FEW + "... A } fragment A on Query { me { id }",
]


@pytest.mark.parametrize("fields", TOO_MANY)
async def test_a_query_asks_for_so_much_at_its_top(fields: str) -> None:
    head = "query ($id: UUID!)"
    variables = {"id": "00000000-0000-4000-8000-000000000000"}
    assert "Query has 21 fields here; 20 is the most" in await refused(
        f"{head} {{ {fields} }}", variables=variables
    )
    # Nobody is there to give them.
    assert (await ask(f"{head} {{ {FEW} }}", variables=variables)).status_code == 503


async def test_production_does_not_explain_its_schema() -> None:
    assert (await ask(INTROSPECTION)).status_code == 200
    assert "introspection" in await refused(INTROSPECTION, environment="production")
    assert (await ask("{ __typename }", "production")).status_code == 200


async def test_a_card_is_refused_unread() -> None:
    answer = await ask('{ sessions(activity: "4242 4242 4242 4242") { title } }')
    assert answer.status_code == 422


def test_everything_of_the_schema_is_described() -> None:
    kinds = [kind for name, kind in SCHEMA.type_map.items() if kind.ast_node is not None]
    assert len(kinds) >= 13
    assert [kind.name for kind in kinds if not kind.description] == []


WORDS = """
    { } ( ) : ! $ @ ... [ ] query fragment on A me sessions session id limit 1 -1 null "x" \"\"\"
    host score conditions matches __typename @include if true $n Int #
"""


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(WORDS.split()), max_size=60),
    st.dictionaries(st.sampled_from("nA"), st.none() | st.integers() | st.text()),
)
async def test_no_query_makes_it_fail(words: list[str], variables: dict[str, Any]) -> None:
    answer = await ask(" ".join(["{", *words]), variables=variables)
    # 503: it was a query, of services that are not there.
    assert answer.status_code in (200, 400, 422, 503), json.dumps(words)
