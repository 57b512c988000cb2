"""`python -m reference.task NAME`: a cron task, which keeps a record of its run and ends.

It waits for the database as long as it is let; who starts it sets the limit.
"""

from __future__ import annotations

import asyncio
import os
import sys

from reference import logs, settings
from reference.database import Database, InvalidRecordError, StoreUnavailableError
from reference.documents import Documents
from reference.services.jobs import Run

_LONGEST_NAME = 100


def main() -> int:
    """Do the task; the exit code: 0 done, 1 failed, 2 wrongly asked or configured."""
    if len(sys.argv) != 2 or not 1 <= len(sys.argv[1]) <= _LONGEST_NAME:
        print("usage: python -m reference.task NAME", file=sys.stderr)  # noqa: T201 - no logs yet
        return 2
    try:
        told = settings.load(os.environ)
    except settings.SettingsError as e:
        print(e, file=sys.stderr)  # noqa: T201 - logs are not set up where this is wrong
        return 2
    logs.set_up(told)
    return asyncio.run(_do(sys.argv[1], told))


async def _do(name: str, told: settings.Settings) -> int:
    database = Database(told.database_url)
    await database.open()
    try:
        run = Run(name, told.pod, told.version)
        record = await Documents(database, "run", Run).add(run)
    except (StoreUnavailableError, InvalidRecordError) as e:
        logs.event("task failed", task=name, error=type(e).__name__)
        return 1
    finally:
        await database.close()
    logs.event("task done", task=name, record=str(record.id))
    return 0


if __name__ == "__main__":
    sys.exit(main())
