"""What the services offer, as their OpenAPI documents have it."""

from __future__ import annotations

import msgspec
import pytest

from reference import openapi, platform, services
from reference.erasure import PATH
from reference.operations import Access, Operation
from reference.settings import Settings
from reference.tasks import TASKS

# What catalog.yaml says of cron tasks, by which charts name them.
CRON_TASKS = {
    "check-overdue-float-plans",
    "expire-unpaid-bookings",
    "pay-out-hosts",
    "refresh-conditions",
    "score-reliability",
    "sync-calendars",
}


def offered(name: str) -> list[Operation]:
    return [*platform.operations.all, *services.load(name).all]


@pytest.mark.parametrize("name", services.names())
def test_the_document_is_whole(name: str) -> None:
    operations = offered(name)
    document = openapi.document(Settings(name, "1", "postgresql://h/d"), operations)
    described = [each for path in document["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in described]
    assert len(set(ids)) == len(ids) == len(operations)
    assert [each["summary"] for each in described if not each["summary"].endswith((".", ":"))] == []
    for operation in operations:
        each = document["paths"][operation.path][operation.method.lower()]
        assert str(operation.status) in each["responses"]
        if operation.access is not Access.ANYONE:
            assert {"401", "403"} <= set(each["responses"])
        if operation.body is not None:
            assert {"400", "413", "415", "422"} <= set(each["responses"])
    # What a $ref names is there.
    text = msgspec.json.encode(document).decode()
    components = document["components"]["schemas"]
    for part in text.split("#/components/schemas/")[1:]:
        assert part.partition('"')[0] in components


@pytest.mark.parametrize("name", services.names())
def test_only_lists_with_a_limit_are_given(name: str) -> None:
    for operation in offered(name):
        returns = str(operation.returns)
        if operation.method == "GET" and returns.startswith("list[reference.values.Record"):
            fields = {f.name for f in msgspec.structs.fields(operation.query)}
            assert "limit" in fields, operation.path


def test_who_keeps_personal_data_lets_the_gateway_erase_it() -> None:
    from reference.services.api.erasures import GROUPS

    erasing = {
        name for name in services.names() if any(o.path == PATH for o in services.load(name).all)
    }
    assert erasing == {name for group in GROUPS for name in group}
    # What they keep is not of users.
    assert set(services.names()) - erasing == {"conditions", "jobs"}
    for name in erasing:
        (operation,) = [o for o in services.load(name).all if o.path == PATH]
        assert operation.audited


def test_there_is_a_task_of_each_name() -> None:
    assert set(TASKS) == CRON_TASKS
