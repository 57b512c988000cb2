"""`provision` in the sandbox's own Airflow: what is approved, and what is refused."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.parts import moto, postgresql
from sandbox.parts.context import Context
from tests.pipelines.provisions.provisioning import DATABASE, Provisions

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(1500)]


def test_an_environment_is_provisioned_and_a_second_run_changes_nothing(
    provisions: Provisions,
) -> None:
    provisions.remove("development")
    run = provisions.start("development")
    card = provisions.card(run)
    assert card["subject"] == "Change development: 30 to add, 7 outputs?"
    sha256 = provisions.operator.xcom(run, "plan")["file"]["sha256"]
    assert sha256 in card["body"]
    assert "**not scanned**" in card["body"] or "**clean**" in card["body"]
    # Who asks does not approve.
    with pytest.raises(SandboxError, match="403"):
        provisions.operator.answer(run, "Approve")
    provisions.answer(run)
    record = provisions.follow(run)
    assert record["outcome"] == "applied"
    assert record["approval"]["plan"] == sha256 == record["apply"]["plan"]
    assert record["approval"]["by"] == "approver"
    assert record["apply"]["outputs"]["bucket_names"]["assets"] == "fieldday-development-assets"
    assert record["verification"]["answered"][DATABASE] == "available, encrypted"
    assert provisions.keys("plans/development/") == []
    assert provisions.keys("local/development/") == ["local/development/terraform.tfstate"]

    again = provisions.start("development")
    record = provisions.follow(again)
    assert record["outcome"] == "unchanged"
    assert record["plan"]["changes"] == []
    assert provisions.tasks_of(again)["apply"] == "skipped"


def test_no_secret_is_in_logs_records_or_airflow_s_database(
    provisions: Provisions, sandbox: Context
) -> None:
    provisions.ensure("development")
    secret = sandbox.secrets["terraform-database"]
    assert secret.encode() in (provisions.object("local/development/terraform.tfstate") or b"")
    for folder in (sandbox.layout.logs, sandbox.layout.data / "airflow", sandbox.layout.reports):
        for path in folder.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path
    programs = postgresql.programs()
    dump = subprocess.run(
        (str(programs / "pg_dump"), postgresql.url(sandbox, postgresql.AIRFLOW_DATABASE)),
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    assert b"COPY public.xcom" in dump
    assert secret.encode() not in dump


def test_two_runs_at_once(provisions: Provisions) -> None:
    provisions.ensure("development")
    first = provisions.start("development", mode="destroy", modules=["alerts"])
    provisions.card(first)
    second = provisions.start("development")
    refused = provisions.follow(second)
    assert refused["outcome"] == "refused"
    assert f"run '{first}' of operator holds the lock since" in refused["reason"]
    assert "plan" not in provisions.tasks_of(second) or (
        provisions.tasks_of(second)["plan"] == "upstream_failed"
    )
    before = provisions.state("development")["serial"]
    provisions.answer(first, "Reject")
    assert provisions.follow(first)["outcome"] == "rejected"
    assert provisions.state("development")["serial"] == before
    assert provisions.keys("local/development/") == ["local/development/terraform.tfstate"]


def test_an_altered_plan_file_is_not_applied(provisions: Provisions) -> None:
    provisions.ensure("development")
    run = provisions.start("development", mode="destroy", modules=["alerts"])
    provisions.card(run)
    key = provisions.operator.xcom(run, "plan")["file"]["key"]
    content = provisions.object(key) or b""
    altered = content[:-1] + bytes([content[-1] ^ 1])
    provisions.aws("s3").put_object(Bucket=moto.STATE_BUCKET, Key=key, Body=altered)
    before = provisions.state("development")
    provisions.answer(run)
    record = provisions.follow(run)
    assert record["outcome"] == "failed"
    assert "the plan file was altered" in record["reason"]
    assert provisions.state("development") == before


def test_a_state_that_has_moved_is_planned_again(provisions: Provisions) -> None:
    provisions.ensure("development")
    run = provisions.start("development", mode="destroy", modules=["alerts"])
    provisions.card(run)
    state = provisions.state("development")
    moved = {**state, "serial": state["serial"] + 1}
    key = "local/development/terraform.tfstate"
    body = json.dumps(moved).encode()
    provisions.aws("s3").put_object(Bucket=moto.STATE_BUCKET, Key=key, Body=body)
    provisions.answer(run)
    record = provisions.follow(run)
    assert record["outcome"] == "stale"
    assert f"from serial {state['serial']} to serial {state['serial'] + 1}" in record["reason"]
    again = record["planned_again"]["run"]
    card = provisions.card(again)
    assert f"serial {state['serial'] + 1}" in card["body"]
    provisions.answer(again, "Reject")
    assert provisions.follow(again)["outcome"] == "rejected"


def test_the_database_is_destroyed_only_by_its_name(provisions: Provisions) -> None:
    provisions.ensure("staging")
    run = provisions.start("staging", mode="destroy", modules=["database"])
    card = provisions.card(run)
    assert "**Data is lost**" in card["body"]
    provisions.answer(run)
    card = provisions.card(run, "confirm_data_loss")
    assert DATABASE in card["body"]
    provisions.answer(run, task="confirm_data_loss", fields={"resources": "the database"})
    record = provisions.follow(run)
    assert record["outcome"] == "unconfirmed"
    assert f"would lose the data of {DATABASE}" in record["reason"]
    assert provisions.counts("staging")["databases"] == 1

    run = provisions.start("staging", mode="destroy", modules=["database"])
    provisions.answer(run)
    needed = provisions.operator.xcom(run, "plan")["loses_data"]
    assert DATABASE in needed
    fields = {"resources": " ".join(needed)}
    provisions.answer(run, task="confirm_data_loss", fields=fields)
    record = provisions.follow(run)
    assert record["outcome"] == "applied"
    assert record["confirmation"]["confirmed"] == sorted(needed)
    assert provisions.counts("staging")["databases"] == 0


def test_nobody_s_answer_is_a_reject(provisions: Provisions) -> None:
    provisions.ensure("development")
    run = provisions.start("development", mode="destroy", modules=["alerts"], plan_minutes=0.5)
    record = provisions.follow(run)
    assert record["outcome"] == "unanswered"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", "prodution"),
        ("environment", ""),
        ("modules", ["databse"]),
        ("modules", "database"),
        ("mode", "yolo"),
        ("plan_minutes", 0),
        ("plan_minutes", 1441),
        ("reason", ""),
        ("reason", "two\nlines"),
    ],
)
def test_a_wrong_value_is_refused(provisions: Provisions, field: str, value: Any) -> None:
    conf = {"environment": "development", "reason": "A wrong value", field: value}
    with pytest.raises(SandboxError, match="400") as caught:
        provisions.operator.trigger(conf)
    assert field in str(caught.value)
