"""`python -m reference`: run the service. Exit code 2 says that its configuration is wrong."""

from __future__ import annotations

import asyncio
import os
import sys

from reference import faults, logs, server, settings


def main() -> int:
    """Run until told to stop; the exit code."""
    try:
        told = settings.load(os.environ)
        struck = faults.load(os.environ, told.environment)
        logs.set_up(told)
        asyncio.run(server.run(told, struck))
    except settings.SettingsError as e:
        print(e, file=sys.stderr)  # noqa: T201 - logs are not set up where this is wrong
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
