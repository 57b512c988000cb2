"""All twelve services together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Fleet

pytestmark = pytest.mark.sandbox


def test_each_is_well_and_small(fleet: Fleet) -> None:
    memory = {name: member.megabytes() for name, member in fleet.members.items()}
    for name in fleet.members:
        answer = fleet.call("GET", name, "/v1/dependencies")
        assert answer.status_code == 200, answer.text
    assert max(memory.values()) < 80, memory
