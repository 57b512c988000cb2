"""Airflow 3: its API server with the UI, scheduler with local workers, dag processor, triggerer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.answers import answer_of
from sandbox.launched import launched
from sandbox.layout import CHECKOUT
from sandbox.parts import postgresql
from sandbox.parts.airflow_settings import USERS, environment
from sandbox.parts.context import Context
from sandbox.parts.part import Part

_HEALTH_PATH = "/api/v2/monitor/health"


def parts(context: Context) -> tuple[Part, ...]:
    """The four components; they start side by side, and the first migrates the database."""
    return (
        _part(
            context,
            "api-server",
            ("--host", "127.0.0.1", "--port", str(context.ports["airflow"])),
            health="metadatabase",
            usual_seconds=8,
        ),
        # Logs are read from the shared folder, so no log server is needed.
        _part(context, "scheduler", ("--skip-serve-logs",), health="scheduler"),
        _part(context, "dag-processor", (), health="dag_processor"),
        _part(context, "triggerer", ("--skip-serve-logs",), health="triggerer"),
    )


def _part(
    context: Context,
    component: str,
    arguments: tuple[str, ...],
    *,
    health: str,
    usual_seconds: float = 12,
) -> Part:
    is_server = component == "api-server"
    return Part(
        name=f"airflow-{component}",
        command=(str(context.python), "-m", "sandbox.airflow", component, *arguments),
        address=context.ports.url("airflow") if is_server else "",
        ready=lambda: is_healthy(context, f"airflow-{component}", health),
        needs=(postgresql.NAME,),
        environment=environment(context),
        directory=CHECKOUT,
        prepare=lambda: _prepare(context),
        usual_seconds=usual_seconds,
        # The first start creates the tables, while everything else starts too.
        limit_seconds=240,
        # The scheduler waits for running tasks; an interrupted one is retried.
        stop_seconds=15,
    )


def _prepare(context: Context) -> None:
    home = context.layout.folder(context.layout.data / "airflow")
    passwords = {user: context.secrets[f"airflow-{user}"] for user in USERS}
    _write(home / "passwords.json", passwords)


def _write(path: Path, content: Mapping[str, str]) -> None:
    """Write a file that only its owner may read, if it differs."""
    text = json.dumps(content) + "\n"
    if path.exists() and path.read_text() == text:
        return
    new = path.with_name(f"{path.name}.{os.getpid()}-{id(content)}")
    with open(new, "w", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(text)
    new.replace(path)


def is_healthy(context: Context, part: str, component: str) -> bool:
    """Whether Airflow reports a component of this start as healthy.

    Its health is that of the last heartbeat, which may be of a process that was just killed.
    """
    answer = answer_of(f"{context.ports.url('airflow')}{_HEALTH_PATH}")
    if answer is None or not answer.is_success:
        return False
    try:
        health: Any = answer.json()[component]
        if health["status"] != "healthy":
            return False
        heartbeat = health.get(f"latest_{component}_heartbeat")
        since = launched(context.layout, part).time
        return heartbeat is None or datetime.fromisoformat(heartbeat).timestamp() > since
    except (ValueError, KeyError, TypeError):
        return False
