"""The task that checks a request, and finds what it would change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from fieldday.airflow.release import tasks
from fieldday.errors import Invalid, Permanent
from fieldday.images import registry
from fieldday.images.source import source_version
from fieldday.settings import CHECKOUT
from tests.unit.fieldday.airflow.conftest import TaskInstance
from tests.unit.fieldday.airflow.programs_model import Programs

Replace = Callable[..., Mock]
Says = Callable[..., None]
PARAMS = {
    "services": ["api", "auth"],
    "version": "1.1.0",
    "source": "services/reference",
    "reason": "Faster search",
    "strategy": "canary",
    "steps": [10, 100],
    "gate_seconds": 10,
    "approval_minutes": 0.5,
}
SOURCE = source_version(CHECKOUT / "services/reference")


def test_a_plan_says_what_would_change(
    programs: Programs, context: Any, replace: Replace, ti: TaskInstance
) -> None:
    programs.runs("production", api="1.0.0")
    context["params"] = PARAMS
    digest_of = replace(registry, "digest_of", None, "sha256:b")
    replace(registry, "source_of", "src-1f0c2d3e4a5b")
    plan = tasks.plan.function()
    # Dependencies first, whatever the order in the form.
    assert plan["services"] == [
        {
            "name": "auth",
            "from": None,
            "to": "1.1.0",
            "change": "install",
            "digest": None,
            "built_from": SOURCE,
        },
        {
            "name": "api",
            "from": "1.0.0",
            "to": "1.1.0",
            "change": "update",
            "digest": "sha256:b",
            "built_from": "src-1f0c2d3e4a5b",
        },
    ]
    images = [call.args[0] for call in digest_of.call_args_list]
    assert images == ["127.0.0.1:5000/fieldday/auth:1.1.0", "127.0.0.1:5000/fieldday/api:1.1.0"]
    assert {key: value for key, value in plan.items() if key != "services"} == {
        "run": "run-1",
        "requested_by": "operator",
        "version": "1.1.0",
        "source": str(CHECKOUT / "services/reference"),
        "source_version": SOURCE,
        "strategy": "canary",
        "steps": [10, 100],
        "gate_seconds": 10,
        "approval_minutes": 0.5,
        "reason": "Faster search",
    }
    assert programs.changes == []
    assert ti.pushed == {}


def test_what_runs_already_is_no_change(programs: Programs, context: Any, replace: Replace) -> None:
    programs.runs("production", api="1.1.0")
    context["params"] = {**PARAMS, "services": ["api"]}
    replace(registry, "digest_of", None)
    (service,) = tasks.plan.function()["services"]
    assert service["change"] == "none"


@pytest.mark.parametrize(("label", "said"), [(SOURCE, SOURCE), (None, "unknown")])
def test_what_was_built_before_is_of_the_source_that_its_label_names(
    programs: Programs, context: Any, replace: Replace, label: str | None, said: str
) -> None:
    context["params"] = {**PARAMS, "services": ["api"]}
    replace(registry, "digest_of", "sha256:b")
    replace(registry, "source_of", label)
    (service,) = tasks.plan.function()["services"]
    assert (service["digest"], service["built_from"]) == ("sha256:b", said)


def test_without_a_version_it_is_made_from_the_source(
    programs: Programs, context: Any, replace: Replace
) -> None:
    context["params"] = {**PARAMS, "version": None}
    replace(registry, "digest_of", None)
    plan = tasks.plan.function()
    assert plan["version"] == SOURCE
    assert {service["to"] for service in plan["services"]} == {SOURCE}


def test_without_a_source_all_images_have_to_be_there(
    programs: Programs, context: Any, replace: Replace, says: Says, ti: TaskInstance
) -> None:
    context["params"] = {**PARAMS, "source": None}
    digest_of = replace(registry, "digest_of", "sha256:a", "sha256:b")
    replace(registry, "source_of", "3f2a9c1", None)
    plan = tasks.plan.function()
    assert (plan["source"], plan["source_version"]) == (None, None)
    found = [(service["digest"], service["built_from"]) for service in plan["services"]]
    assert found == [("sha256:a", "3f2a9c1"), ("sha256:b", "unknown")]
    digest_of.side_effect = ["sha256:a", None]
    says(tasks.plan, error=Invalid, match="version: .*/fieldday/api:1.1.0 is not in the registry")


def test_a_wrong_request_touches_nothing_and_names_the_field(
    programs: Programs, context: Any, says: Says
) -> None:
    context["params"] = {**PARAMS, "version": "latest"}
    says(tasks.plan, error=Invalid, match="version: 'latest' names no one version")
    assert programs.kubeconfigs == []


def test_a_source_outside_the_checkout_has_to_be_allowed(
    programs: Programs,
    context: Any,
    says: Says,
    replace: Replace,
    tmp_path: Path,
    environment: Callable[..., None],
) -> None:
    for name in ("Dockerfile", "requirements.txt", "reference/__main__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    context["params"] = {**PARAMS, "source": str(tmp_path)}
    says(tasks.plan, error=Invalid, match="is outside")
    environment({"FIELDDAY_SOURCE_ROOTS": str(tmp_path.parent)})
    replace(registry, "digest_of", None)
    assert tasks.plan.function()["source"] == str(tmp_path)


def test_a_chart_without_the_environments_values_is_said_before_anything_runs(
    programs: Programs, context: Any, says: Says, environment: Callable[..., None]
) -> None:
    environment({"FIELDDAY_HELM_OVERLAYS": "moon"})
    context["params"] = PARAMS
    says(tasks.plan, error=Permanent, match="auth: its chart has no values-moon.yaml")
