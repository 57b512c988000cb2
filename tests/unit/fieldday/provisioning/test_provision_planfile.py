from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import Permanent
from fieldday.provisioning.planfile import AlteredPlanError, PlanError, PlanFile, StalePlanError
from fieldday.provisioning.state import State, StateVersion, read_state
from fieldday.provisioning.store import Store

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def state(serial: int = 4, lineage: str = "abc", *resources: Any) -> bytes:
    return json.dumps({"serial": serial, "lineage": lineage, "resources": resources}).encode()


def plan_file(path: Path, content: bytes = state()) -> PlanFile:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfplan", "a secret")
        archive.writestr("tfstate", content)
    return PlanFile.of(path, "staging", NOW, 60)


def test_a_plan_file_is_known_by_its_checksum_and_state(tmp_path: Path) -> None:
    path = tmp_path / "p"
    file = plan_file(path)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file.state == StateVersion(4, "abc")
    assert file.key == f"plans/staging/{file.sha256}.tfplan"
    assert file.until == NOW + timedelta(hours=1)
    assert PlanFile.from_dict(json.loads(json.dumps(file.to_dict()))) == file
    assert "secret" not in json.dumps(file.to_dict())


def test_a_first_plan_has_no_state(tmp_path: Path, store: Store) -> None:
    file = plan_file(tmp_path / "p", state(0, ""))
    file.check_state(read_state(store).version)
    store.put("staging/terraform.tfstate", state(1, "new"))
    with pytest.raises(StalePlanError, match="from no state to serial 1"):
        file.check_state(read_state(store).version)


@pytest.mark.parametrize("moved", [(5, "abc"), (3, "abc"), (4, "other")])
def test_a_state_that_has_moved_makes_it_stale(tmp_path: Path, moved: tuple[int, str]) -> None:
    file = plan_file(tmp_path / "p")
    file.check_state(StateVersion(4, "abc"))
    with pytest.raises(StalePlanError, match="the state has moved since the plan"):
        file.check_state(StateVersion(*moved))


def test_a_plan_is_good_for_its_time(tmp_path: Path) -> None:
    file = plan_file(tmp_path / "p")
    file.check_age(NOW + timedelta(minutes=60))
    with pytest.raises(StalePlanError, match="plan of 08:00:00 UTC expired after 60 min"):
        file.check_age(NOW + timedelta(minutes=60, seconds=1))


def test_one_bit_makes_it_another(tmp_path: Path) -> None:
    path = tmp_path / "p"
    file = plan_file(path)
    content = path.read_bytes()
    file.check_content(content)
    for index in (0, len(content) // 2, len(content) - 1):
        altered = bytearray(content)
        altered[index] ^= 1
        with pytest.raises(AlteredPlanError, match="Nothing was applied"):
            file.check_content(bytes(altered))
    with pytest.raises(StalePlanError, match="the plan file is gone"):
        file.check_content(None)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p"
    path.write_bytes(content)
    with pytest.raises(PlanError, match="is not a plan file"):
        PlanFile.of(path, "staging", NOW, 60)


def test_a_state_s_addresses(store: Store) -> None:
    resources = [
        {"mode": "managed", "type": "a", "name": "x", "instances": [{}]},
        {"mode": "data", "type": "a", "name": "y", "instances": [{}]},
        {
            "mode": "managed",
            "module": "module.m[0]",
            "type": "b",
            "name": "z",
            "instances": [{"index_key": 1}, {"index_key": 'k"ey'}],
        },
        {"mode": "managed", "type": "a", "name": "gone", "instances": []},
    ]
    store.put("staging/terraform.tfstate", state(4, "abc", *resources))
    found = read_state(store)
    assert found.addresses == {"a.x", "module.m[0].b.z[1]", 'module.m[0].b.z["k\\"ey"]'}


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"serial": "x", "lineage": ""}'])
def test_what_is_no_state_is_refused(content: bytes) -> None:
    with pytest.raises(Permanent, match="s3://x: is not a Terraform state"):
        State.of(content, "s3://x")
