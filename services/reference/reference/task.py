"""`python -m reference.task NAME`: a cron task, which keeps a record of its run and ends.

It waits for the database as long as it is let; who starts it sets the limit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import replace

from reference import logs, service, settings, trace_sender, tracing
from reference.database import StoreUnavailableError
from reference.dependency_errors import DependencyError
from reference.faults import Faults
from reference.peers import as_itself
from reference.services.jobs import Run, runs
from reference.tasks import TASKS

# A task has more to do than a request that somebody waits for.
_CALL_SECONDS = 60.0


def main() -> int:
    """Do the task; the exit code: 0 done, 1 failed, 2 wrongly asked or configured."""
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        known = "\n  ".join(TASKS)
        usage = f"usage: python -m reference.task NAME\nNAME is one of\n  {known}"
        print(usage, file=sys.stderr)  # noqa: T201 - no logs yet
        return 2
    try:
        told = settings.load(os.environ)
    except settings.SettingsError as e:
        print(e, file=sys.stderr)  # noqa: T201 - logs are not set up where this is wrong
        return 2
    logs.set_up(told)
    return asyncio.run(_do(sys.argv[1], told))


async def _do(name: str, told: settings.Settings) -> int:
    told = replace(
        told, dependency_timeout_seconds=_CALL_SECONDS, dependency_try_seconds=_CALL_SECONDS
    )
    # Before what it instruments is made.
    telemetry = trace_sender.sender(told)
    jobs = service.assemble(told, Faults())
    try:
        with telemetry.span(name) if telemetry else nullcontext() as place:
            # What the task's calls cause elsewhere is found by these ids.
            tracing.current.set(tracing.begin("", "", place))
            return await _run(name, told, jobs)
    finally:
        await jobs.close()
        if telemetry:
            await telemetry.stop(told.drain_seconds)


async def _run(name: str, told: settings.Settings, jobs: service.Service) -> int:
    await jobs.database.open()
    started = time.monotonic()
    result: dict[str, int] = {}
    problem = None
    try:
        try:
            result = await TASKS[name](as_itself(jobs))
        except DependencyError as e:
            problem = str(e)[:300]
        run = Run(
            task=name,
            pod=told.pod,
            version=told.version,
            seconds=round(time.monotonic() - started, 3),
            result=result,
            problem=problem,
        )
        record = await runs(jobs).add(run)
    except StoreUnavailableError as e:
        logs.event("task failed", logging.ERROR, task=name, error=type(e).__name__)
        return 1
    if problem is not None:
        logs.event("task failed", logging.ERROR, task=name, error=problem, record=str(record.id))
        return 1
    logs.event("task done", task=name, record=str(record.id), result=result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
