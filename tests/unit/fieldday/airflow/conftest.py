"""A task as Airflow runs it: its context, its connections, and what it calls."""

from __future__ import annotations

import inspect
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest

import tests.airflow_home  # noqa: F401 - before Airflow
from fieldday.errors import FieldDayError
from fieldday.releases import helm
from tests.unit.fieldday.airflow.programs_model import Programs

with warnings.catch_warnings():
    # Airflow and its providers warn about each other's age when they are imported.
    warnings.simplefilter("ignore")
    import airflow.providers.amazon.aws.hooks.s3
    import airflow.providers.common.compat.connection  # noqa: F401
    from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
    from airflow.sdk.execution_time.context import set_current_context
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    import fieldday.airflow.release.approval
    import fieldday.airflow.release.form
    import fieldday.airflow.release.gate_trigger
    import fieldday.airflow.release.rollout
    import fieldday.airflow.release.tasks  # noqa: F401

KEY = "k" * 32


def complete(task: Any, context: Any, event: dict[str, Any]) -> Any:
    """What an approval returns for this answer to the card that it shows now."""
    return task.execute_complete(context, event, json.loads(json.dumps(task.covers())))


class TaskInstance:
    """What the tasks of a run have pushed, and how they ended."""

    def __init__(self) -> None:
        self.id = "0193-ti"
        self.pushed: dict[str, Any] = {}
        """By key: what this task pushed."""
        self.left: dict[tuple[str, str], Any] = {}
        """By task and key: what others did."""
        self.states: dict[str, str] = {}

    def xcom_push(self, *args: Any, **kwargs: Any) -> None:
        given = inspect.signature(RuntimeTaskInstance.xcom_push).bind(self, *args, **kwargs)
        # It goes through the API as JSON.
        self.pushed[given.arguments["key"]] = json.loads(json.dumps(given.arguments["value"]))

    def xcom_pull(self, **kwargs: Any) -> Any:
        inspect.signature(RuntimeTaskInstance.xcom_pull).bind(self, **kwargs)
        return self.left.get((kwargs["task_ids"], kwargs.get("key", "return_value")))

    def get_task_states(self, **kwargs: Any) -> dict[str, dict[str, str]]:
        inspect.signature(RuntimeTaskInstance.get_task_states).bind(**kwargs)
        assert kwargs["dag_id"] == "release"
        return {run: self.states for run in kwargs["run_ids"] if self.states}


@pytest.fixture
def ti() -> TaskInstance:
    """The task's own instance."""
    return TaskInstance()


@pytest.fixture
def context(ti: TaskInstance) -> Iterator[dict[str, Any]]:
    """The context of a task of `run-1`, also for `get_current_context`."""
    run = SimpleNamespace(
        dag_id="release",
        run_id="run-1",
        start_date=datetime(2026, 11, 24, 8, 14, 11, tzinfo=UTC),
        triggering_user_name="operator",
    )
    found: dict[str, Any] = {"ti": ti, "task_instance": ti, "dag_run": run, "params": {}}
    with set_current_context(found):  # type: ignore[arg-type]
        yield found


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets one connection, as Airflow reads it from the environment."""

    def connect(name: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))

    return connect


@pytest.fixture(autouse=True)
def _approval_key(connect: Callable[..., None]) -> None:
    """The key that signs approvals."""
    connect("approvals_default", conn_type="generic", password=KEY)


@pytest.fixture
def programs(connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Programs:
    """helm and the API server on a model, and the connections that lead there."""
    found = Programs()

    def get_conn(hook: KubernetesHook) -> Programs:
        found.kubeconfigs.append(hook.conn_extras["kube_config_path"])
        return found

    monkeypatch.setattr(helm, "run", found.run)
    monkeypatch.setattr(KubernetesHook, "get_conn", get_conn)
    connect("kubernetes_default", conn_type="kubernetes", extra={"kube_config_path": "/kube"})
    connect("edge_default", conn_type="http", host="127.0.0.1", port=18080)
    connect("registry_default", conn_type="generic", host="127.0.0.1", port=5000)
    return found


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those of a sandbox in which a developer may be working."""
    for name in [name for name in os.environ if name.startswith("FIELDDAY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], None]:
    """Sets variables that `Settings` reads."""

    def set_all(variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mock]:
    """Puts a double of the same signature in the place of a function at the library's edge."""

    def replace(module: Any, name: str, *answers: Any) -> Mock:
        found = create_autospec(getattr(module, name))
        found.side_effect = [*answers] * 9
        monkeypatch.setattr(module, name, found)
        return found

    return replace


@pytest.fixture
def says(ti: TaskInstance) -> Callable[..., None]:
    """Checks that a task fails, and leaves the same words for the evidence."""

    def says(task: Any, *args: Any, error: type[FieldDayError], match: str) -> None:
        with pytest.raises(error, match=match) as caught:
            task.function(*args)
        assert ti.pushed == {"error": str(caught.value)}

    return says
