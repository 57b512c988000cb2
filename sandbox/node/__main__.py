"""`python -m sandbox.node --kubeconfig F --state-dir D --block 18.7 ...`: be a node until SIGTERM.

The pods' processes go on when it ends, and are taken up when it is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from sandbox.apiclient.kubeconfig import KubeconfigError
from sandbox.node.node import run
from sandbox.node.settings import Settings


def settings_of(arguments: list[str]) -> Settings:
    """The settings that a command line says."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.node", description=__doc__)
    default = Settings
    add = parser.add_argument
    add("--kubeconfig", type=Path, required=True)
    add("--state-dir", type=Path, required=True, help="pods, logs and images; kept over a restart")
    add("--block", required=True, metavar="18.N", help="pod addresses: 198.18.N.0/24")
    add("--tls-cert", type=Path, required=True, help="certificate of the kubelet API")
    add("--tls-key", type=Path, required=True)
    add("--client-ca", type=Path, required=True, help="who signs the API server's certificates")
    add(
        "--client-name",
        action="append",
        required=True,
        help="common name of a client certificate that may read logs and metrics; repeatable",
    )
    add("--name", default=default.name)
    add("--registry", default=default.registry, metavar="HOST:PORT")
    add("--mirror", default=default.mirror, help="registry name that --registry stands for")
    add("--proxy", default=default.proxy, help="HTTP proxy given to the pods")
    add("--python", type=Path, default=_base_python(), help="what the pods find as python")
    add("--crane", default=default.crane)
    add("--cpu-factor", type=int, default=default.cpu_factor, help="offered CPUs per core")
    add("--max-pods", type=int, default=default.max_pods)
    add("--restart-backoff", type=float, default=default.restart_backoff, metavar="SECONDS")
    add("--backoff-limit", type=float, default=default.backoff_limit, metavar="SECONDS")
    add("--image-cache", type=int, default=default.image_cache, help="unused images kept")
    found = parser.parse_args(arguments)
    return Settings(
        kubeconfig=found.kubeconfig,
        state=found.state_dir.absolute(),
        block=found.block,
        tls_cert=found.tls_cert,
        tls_key=found.tls_key,
        client_ca=found.client_ca,
        client_names=tuple(found.client_name),
        name=found.name,
        registry=found.registry,
        mirror=found.mirror,
        proxy=found.proxy,
        python=found.python,
        crane=found.crane,
        # Not an option: the marker is inherited, so that the node itself carries it, too.
        sandbox=os.environ.get("FIELDDAY_SANDBOX", str(found.state_dir.absolute())),
        cpu_factor=found.cpu_factor,
        max_pods=found.max_pods,
        restart_backoff=found.restart_backoff,
        backoff_limit=found.backoff_limit,
        image_cache=found.image_cache,
    )


def _base_python() -> Path:
    """The interpreter below our virtual environment: pods bring their own libraries."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(settings, stop)


def main() -> int:
    """Read the command line and be a node."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_main(settings_of(sys.argv[1:])))
    except (KubeconfigError, OSError) as error:
        print(f"node: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
