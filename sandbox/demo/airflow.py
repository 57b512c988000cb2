"""Airflow's public API, as a person with a browser would use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from sandbox.errors import SandboxError
from sandbox.parts.context import Context

DAG = "release"
ENDED = ("success", "failed")
_POLL_SECONDS = 0.5
# A busy machine answers late; a failed request is retried.
_ANSWER_SECONDS = 30.0
_TRIES = 5
_READING_SECONDS = 3.0


@dataclass
class Airflow:
    """One user of one Airflow, at one of its DAGs."""

    context: Context
    user: str
    dag: str = DAG
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Nobody is logged in yet."""
        self._client = httpx.Client(
            base_url=self.context.ports.url("airflow"), timeout=_ANSWER_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        """Log in when first asked for something."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def trigger(self, conf: Mapping[str, Any]) -> str:
        """Start a run with the form's values; returns its id.

        Raises SandboxError: the form refuses a value, in Airflow's words.
        """
        body = {"conf": dict(conf), "logical_date": None}
        run: str = self._ask("POST", f"/api/v2/dags/{self.dag}/dagRuns", json=body)["dag_run_id"]
        return run

    def state(self, run: str) -> str:
        """`queued`, `running`, `success` or `failed`."""
        return str(self._ask("GET", f"/api/v2/dags/{self.dag}/dagRuns/{run}")["state"])

    def tasks(self, run: str) -> dict[str, str]:
        """The tasks of a run with their states, those that have begun."""
        path = f"/api/v2/dags/{self.dag}/dagRuns/{run}/taskInstances"
        found = self._ask("GET", path, params={"limit": 100})["task_instances"]
        return {ti["task_id"]: ti["state"] for ti in found if ti["state"]}

    def xcom(self, run: str, task: str, key: str = "return_value") -> Any:
        """A task's XCom; none if there is none."""
        path = f"/api/v2/dags/{self.dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/{key}"
        try:
            return self._ask("GET", path, params={"deserialize": "true"})["value"]
        except NotThereError:
            return None

    def is_pending(self, run: str) -> bool:
        """Whether the run waits for a person's decision."""
        return bool(self.cards(run))

    def cards(self, run: str) -> dict[str, dict[str, Any]]:
        """By task: the requests that a person has not answered yet."""
        path = f"/api/v2/dags/{self.dag}/dagRuns/{run}/hitlDetails"
        found = self._ask("GET", path, params={"response_received": "false"})["hitl_details"]
        return {card["task_instance"]["task_id"]: card for card in found}

    def answer(
        self, run: str, option: str, task: str = "approve", fields: Mapping[str, Any] | None = None
    ) -> None:
        """Decide: `Approve` or `Reject`, no sooner than a person could.

        If an answer comes before its scheduler has noticed that the task was deferred, Airflow
        takes that for a crash and asks again.
        """
        time.sleep(_READING_SECONDS)
        path = f"/api/v2/dags/{self.dag}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
        answer = {"chosen_options": [option], "params_input": dict(fields or {})}
        self._ask("PATCH", path, json=answer)

    def mark(self, run: str, state: str, task: str | None = None) -> None:
        """Mark a run, or a task of it, as `success` or `failed`."""
        path = f"/api/v2/dags/{self.dag}/dagRuns/{run}"
        if task is None:
            self._ask("PATCH", path, json={"state": state})
        else:
            self._ask("PATCH", f"{path}/taskInstances/{task}", json={"new_state": state})

    def write_xcom(self, run: str, task: str, value: Any, key: str = "return_value") -> None:
        """Say that a task left this, as whoever may edit a DAG's runs can."""
        path = f"/api/v2/dags/{self.dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries"
        self._ask("POST", path, json={"key": key, "value": value, "map_index": -1})

    def url(self, run: str) -> str:
        """Where a person sees the run."""
        return f"{self.context.ports.url('airflow')}/dags/{self.dag}/runs/{run}"

    def await_dag(self, seconds: float = 90) -> None:
        """Wait until the DAG has been read. Raises SandboxError: it was not."""

        def is_there() -> bool:
            try:
                return not self._ask("GET", f"/api/v2/dags/{self.dag}")["is_stale"]
            except NotThereError:
                return False

        if not until(is_there, seconds):
            problems = self._ask("GET", "/api/v2/importErrors")["import_errors"]
            said = problems[0]["stack_trace"][-800:] if problems else "no import error is known"
            msg = f"dags/{self.dag}.py: Airflow has not read it after {seconds:.0f} s: {said}"
            raise SandboxError(msg)

    def _ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        for last in range(_TRIES):
            try:
                if "Authorization" not in self._client.headers:
                    self._log_in()
                answer = self._client.request(method, path, **arguments)
            except httpx.TransportError as error:
                # Retrying this request could start two runs.
                if method == "POST" or last == _TRIES - 1:
                    msg = f"airflow: does not answer ({type(error).__name__}). See 'make status'."
                    raise SandboxError(msg) from error
                time.sleep(1)
                continue
            if answer.status_code == httpx.codes.UNAUTHORIZED and last == 0:
                del self._client.headers["Authorization"]
                continue
            break
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotThereError(path)
        if answer.is_error:
            msg = f"airflow: {method} {path}: {answer.status_code} {answer.text[:2000]}"
            raise SandboxError(msg)
        content: dict[str, Any] = answer.json()
        return content

    def _log_in(self) -> None:
        who = {"username": self.user, "password": self.context.secrets[f"airflow-{self.user}"]}
        answer = self._client.post("/auth/token", json=who)
        if answer.is_error:
            msg = f"airflow: {self.user} cannot log in ({answer.status_code}). Run 'make up'."
            raise SandboxError(msg)
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


class NotThereError(SandboxError):
    """Airflow does not know of it."""


def until(condition: Callable[[], bool], seconds: float, every: float = _POLL_SECONDS) -> bool:
    """Wait until `condition` holds; whether it did before the time was up.

    It is checked every `every` seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
