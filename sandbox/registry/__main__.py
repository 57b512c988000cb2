"""`python -m sandbox.registry --directory DIR --address HOST:PORT`: serve until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from aiohttp import web

from sandbox.registry.server import application
from sandbox.registry.store import Store


async def serve(directory: Path, host: str, port: int) -> None:
    """Serve the registry that is kept in `directory` until SIGTERM or SIGINT."""
    runner = web.AppRunner(application(Store(directory)), access_log=None, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    print(f"registry: http://{host}:{port}, kept in {directory}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.registry", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--address", required=True, metavar="HOST:PORT")
    arguments = parser.parse_args()
    host, _, port = arguments.address.rpartition(":")
    asyncio.run(serve(arguments.directory, host, int(port)))


if __name__ == "__main__":
    main()
