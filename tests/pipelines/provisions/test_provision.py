"""`provision` in the sandbox's own Airflow: what is approved, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.parts import airflow_settings, postgresql
from sandbox.parts.context import Context
from tests.patience import PATIENCE
from tests.pipelines.provisions.provisioning import DATABASE, Provisions

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]


def test_an_environment_is_provisioned_and_a_second_run_changes_nothing(
    provisions: Provisions, sandbox: Context
) -> None:
    provisions.remove("development")
    run = provisions.start("development")
    card = provisions.card(run)
    assert card["subject"] == "Change development: 30 to add, 7 outputs?"
    sha256 = provisions.operator.xcom(run, "plan")["file"]["sha256"]
    assert sha256 in card["body"]
    # The sandbox brings no checkov; its Airflow finds one that this machine has.
    path = airflow_settings.environment(sandbox)["PATH"]
    status = "not scanned" if shutil.which("checkov", path=path) is None else "clean"
    assert provisions.operator.xcom(run, "scan")["status"] == status
    assert f"**{status}**" in card["body"]
    # Who asks does not approve.
    with pytest.raises(SandboxError, match="403"):
        provisions.operator.answer(run, "Approve")
    provisions.answer(run)
    record = provisions.follow(run)
    assert record["outcome"] == "applied"
    assert record["approval"]["covers"]["plan"] == sha256 == record["apply"]["plan"]
    assert record["approval"]["by"] == "approver"
    assert record["approval"]["genuine"]
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
        timeout=60 * PATIENCE,
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


def test_the_database_is_destroyed_only_by_its_name(provisions: Provisions) -> None:
    provisions.ensure("staging")
    run = provisions.start("staging", mode="destroy", modules=["database"])
    card = provisions.card(run)
    assert "**Data is lost**" in card["body"]
    provisions.answer(run)
    card = provisions.card(run, "confirm_data_loss")
    assert DATABASE in card["body"]
    assert provisions.counts("staging")["databases"] == 1
    needed = provisions.operator.xcom(run, "plan")["loses_data"]
    assert DATABASE in needed
    fields = {"resources": " ".join(needed)}
    provisions.answer(run, task="confirm_data_loss", fields=fields)
    record = provisions.follow(run)
    assert record["outcome"] == "applied"
    assert record["confirmation"]["covers"]["confirmed"] == sorted(needed)
    assert provisions.counts("staging")["databases"] == 0


def test_nobody_s_answer_is_a_reject(provisions: Provisions) -> None:
    provisions.ensure("development")
    run = provisions.start("development", mode="destroy", modules=["alerts"], plan_minutes=0.5)
    record = provisions.follow(run)
    assert record["outcome"] == "unanswered"


@pytest.mark.parametrize(
    ("field", "value"), [("environment", "prodution"), ("modules", ["databse"])]
)
def test_a_wrong_value_is_refused(provisions: Provisions, field: str, value: Any) -> None:
    conf = {"environment": "development", "reason": "A wrong value", field: value}
    with pytest.raises(SandboxError, match="400") as caught:
        provisions.operator.trigger(conf)
    assert field in str(caught.value)
