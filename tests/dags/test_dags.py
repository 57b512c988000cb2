"""What every DAG must be, and what the form of a release refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dags.parsing import parse

# Airflow and its providers warn about each other's age when they are imported.
pytestmark = pytest.mark.filterwarnings("ignore")

ROOT = Path(__file__).resolve().parents[2]
TAGS = {"infrastructure", "nightly", "production", "release"}


@pytest.fixture(scope="module")
def release(dags: dict[str, Any]) -> Any:
    return dags["release"]


def test_every_dag_meets_the_policy(dags: dict[str, Any]) -> None:
    assert dags
    for name, dag in dags.items():
        assert dag.doc_md, f"{name}: has no runbook"
        assert dag.description, f"{name}: has no description"
        assert dag.tags <= TAGS, f"{name}: has a tag that is not known"
        assert dag.tags, f"{name}: has no tags"
        assert not dag.catchup
        assert dag.max_active_runs <= 16
        for task in dag.tasks:
            where = f"{name}.{task.task_id}"
            assert task.owner not in ("", "airflow"), f"{where}: has no owner"
            assert task.retries >= 1, f"{where}: is not retried"
            assert task.execution_timeout, f"{where}: has no time-out"
            assert task.execution_timeout <= timedelta(minutes=30), where
            assert type(task.retry_policy).__name__ == "FieldDayRetries", where


def test_every_dag_can_be_stored_and_read_back(dags: dict[str, Any]) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in dags.values():
        stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
        again = DagSerialization.from_dict(stored)
        assert {task.task_id for task in again.tasks} == set(dag.task_ids)


def test_the_runbook_tells_of_every_task(release: Any) -> None:
    rows = [line.split("`")[1] for line in release.doc_md.splitlines() if line.startswith("| `")]
    assert rows == [
        "plan",
        "lint_and_unit_tests",
        "build_and_push",
        "scan",
        "deploy_staging",
        "test_staging",
        "approve",
        "rollout",
        "verify",
        "restore_stable",
        "record_evidence",
    ]
    assert set(rows) == set(release.task_ids)


def test_nothing_reaches_production_without_approval(release: Any) -> None:
    for name in ("rollout", "verify"):
        assert "approve" in release.get_task(name).get_flat_relative_ids(upstream=True)
    before = release.get_task("approve").get_flat_relative_ids(upstream=True)
    assert {"scan", "test_staging", "lint_and_unit_tests", "build_and_push"} <= before
    assert release.get_task("deploy_staging").environment == "staging"
    assert release.get_task("rollout").environment == "production"


def test_no_answer_is_a_reject_that_fails(release: Any) -> None:
    approve = release.get_task("approve")
    assert approve.defaults == ["Reject"]
    assert approve.fail_on_reject
    assert approve.response_timeout


def test_the_safety_net_and_the_record_do_not_decide_the_run(release: Any) -> None:
    """A run's state is that of its leaves that are no teardowns: of `verify` alone."""
    restore, record = (release.get_task(name) for name in ("restore_stable", "record_evidence"))
    assert restore.is_teardown
    assert restore.trigger_rule == "one_failed"
    assert record.is_teardown
    assert record.trigger_rule == "all_done_setup_success"
    assert not restore.on_failure_fail_dagrun
    leaves = [
        task.task_id
        for task in release.tasks
        if not task.is_teardown
        and all(release.get_task(below).is_teardown for below in task.downstream_task_ids)
    ]
    assert leaves == ["verify"]


@pytest.mark.parametrize("name", ["release", "provision", "drift_check"])
def test_parsing_loads_little_and_asks_nobody(name: str) -> None:
    """Airflow itself is loaded already where DAG files are parsed."""
    parsed = parse(name)
    assert parsed.events == ()
    assert not parsed.packages & {
        "aiohttp",
        "boto3",
        "botocore",
        "hcl2",
        "httpx",
        "kubernetes",
        "kubernetes_asyncio",
        "moto",
        "pandas",
        "requests",
        "sandbox",
    }
    assert "fieldday" in parsed.packages
    assert parsed.modules < parsed.airflow_modules / 4


@pytest.mark.parametrize("name", ["release", "provision", "drift_check"])
def test_parsing_imports_no_client_of_kubernetes(name: str) -> None:
    code = (
        f"import sys, {name};"
        " print([name for name in sys.modules if name.startswith('kubernetes')])"
    )
    path = os.pathsep.join(str(ROOT / folder) for folder in ("plugins", "dags"))
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert out.split("\n")[-2] == "[]"


def refusal(release: Any, **conf: Any) -> str:
    """What the API answers to these values; '' when it takes them."""
    from airflow.sdk.exceptions import ParamValidationError
    from airflow.serialization.serialized_objects import DagSerialization

    params = DagSerialization.from_dict(DagSerialization.to_dict(release)).params
    try:
        params.deep_merge({"reason": "Faster search", **conf}).validate()
    except ParamValidationError as e:
        return str(e)
    return ""


def test_the_form_offers_the_catalogues_services(release: Any) -> None:
    from fieldday.catalog import load

    field = release.params.get_param("services")
    assert field.schema["items"]["enum"] == list(load().names)
    assert field.schema["examples"] == list(load().names)


@pytest.mark.parametrize(
    "conf",
    [
        {},
        {"services": ["api", "auth", "conditions"], "version": "1.4.2", "strategy": "rolling"},
        {"steps": [100], "gate_seconds": 5, "approval_minutes": 0.1},
        {"version": "1.4.2", "source": None},
        {"version": None, "source": "/somewhere", "reason": "é" * 500},
    ],
)
def test_the_form_takes(release: Any, conf: dict[str, Any]) -> None:
    assert refusal(release, **conf) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("services", []),
        ("services", ["api", "api"]),
        ("services", "api"),
        ("services", ["nothing"]),
        ("version", "-1"),
        ("version", "-rf"),
        ("version", "a/b"),
        ("version", "1.0\n"),
        ("version", ""),
        ("version", "x" * 10_000),
        ("version", 14),
        ("source", ""),
        ("source", 14),
        ("source", "x" * 10_000),
        ("strategy", "hope"),
        ("strategy", None),
        ("steps", []),
        ("steps", [10, 50]),
        ("steps", [0, 100]),
        ("steps", [10.5, 100]),
        ("steps", [100, 100]),
        ("steps", list(range(90, 101))),
        ("gate_seconds", 4),
        ("gate_seconds", 3601),
        ("gate_seconds", "10"),
        ("gate_seconds", "ten"),
        ("reason", ""),
        ("reason", "no"),
        ("reason", "x" * 501),
        ("reason", "two\nlines"),
        ("reason", "line\n"),
        ("reason", None),
        ("approval_minutes", 0),
        ("approval_minutes", 10_081),
    ],
)
def test_the_form_refuses_and_names_the_field(release: Any, field: str, value: object) -> None:
    said = refusal(release, **{field: value})
    assert said.startswith(f"Invalid input for param {field}: ")


def test_a_refusal_says_what_would_be_right(release: Any) -> None:
    assert "1 to 63 letters, digits" in refusal(release, version="-1").replace("'\n", "'")
    assert "'api', 'discovery', 'conditions'" in refusal(release, services=["search"])


def test_without_a_reason_there_is_no_run(release: Any) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError, match="reason"):
        release.params.validate()


def test_airflow_takes_nothing_of_the_library_for_a_plugin() -> None:
    from airflow._shared.module_loading import find_path_from_directory

    found = find_path_from_directory(str(ROOT / "plugins"), ".airflowignore", "glob")
    assert [path for path in found if "fieldday/" in path] == []
