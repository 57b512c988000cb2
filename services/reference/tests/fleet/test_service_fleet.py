"""All twelve services together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Fleet

pytestmark = pytest.mark.sandbox


def test_each_is_well_and_small(fleet: Fleet, record_property) -> None:
    for name, member in fleet.members.items():
        answer = fleet.call("GET", name, "/v1/dependencies")
        assert answer.status_code == 200, answer.text
        print(name, round(member.megabytes()), "MB")
        assert member.megabytes() < 80, name
    print("ready after", round(fleet.seconds, 1))
