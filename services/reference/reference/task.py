"""`python -m reference.task NAME`: a cron task, which keeps a record of its run and ends.

It waits for the database as long as it is let; who starts it sets the limit.
"""

from __future__ import annotations

import asyncio
import os
import sys

from reference import logs, settings
from reference.records import InvalidRecordError, Records, StoreUnavailableError

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
    records = Records(told.database_url)
    await records.open()
    try:
        record = await records.add(f"task {name}", {"pod": told.pod, "version": told.version})
    except (StoreUnavailableError, InvalidRecordError) as e:
        logs.event("task failed", task=name, error=type(e).__name__)
        return 1
    finally:
        await records.close()
    logs.event("task done", task=name, record=record["id"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
