"""The command line: `python -m sandbox up|down|status|logs|demo`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.console import PlainConsole
from sandbox.down import down, forget_damaged, purge
from sandbox.errors import SandboxError, words
from sandbox.layout import layout_from_environment
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context
from sandbox.progress import Progress
from sandbox.status import status, table, users_table
from sandbox.up import up

_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 for an error, 130 after Ctrl-C."""
    arguments = _parser().parse_args(argv)
    errors = PlainConsole(stderr=True)
    try:
        code: int = arguments.run(arguments)
        # At Python's exit it would be too late to notice that the reader is gone.
        sys.stdout.flush()
    except KeyboardInterrupt:
        errors.print(
            "Interrupted. Run the same command to resume, or 'make down' to stop what was started.",
            soft_wrap=True,
        )
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        text = words(error) if error.filename else f"the sandbox: {words(error)}"
        errors.print(text, style="red", markup=False, soft_wrap=True)
        return 1
    except RuntimeError as error:
        if type(error).__module__ == "builtins" and not str(error):
            raise
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="FieldDay's platform on this machine: Kubernetes, AWS, databases, Airflow.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    found = commands.add_parser("up", help="start it, or restart what is unhealthy")
    what = "only these and what they need, as in status; airflow for all of its components"
    found.add_argument("parts", nargs="*", metavar="PART", help=what)
    found.set_defaults(run=_up)
    found = commands.add_parser("down", help="stop it; data stays")
    found.add_argument("--purge", action="store_true", help="also remove data; keep what was built")
    found.set_defaults(run=_down)
    found = commands.add_parser("status", help="show parts, addresses, memory and users")
    found.add_argument("--json", action="store_true", help="for programs")
    found.set_defaults(run=_status)
    found = commands.add_parser("logs", help="show a part's log, or all logs")
    found.add_argument("part", nargs="?", help="its name, as in status")
    found.add_argument("-f", "--follow", action="store_true", help="follow it as it grows")
    found.set_defaults(run=_logs)
    found = commands.add_parser("demo", help="release a good and a bad version under traffic")
    found.set_defaults(run=_demo)
    return parser


def _up(arguments: argparse.Namespace) -> int:
    begin = time.monotonic()
    context = Context.of(layout_from_environment())
    with Progress() as progress:
        up(context, progress, arguments.parts)
    if arguments.parts:
        print(f"\nUp ({time.monotonic() - begin:.0f} s): {', '.join(arguments.parts)}.")
        return 0
    print(
        f"\nThe sandbox is up ({time.monotonic() - begin:.0f} s).\n"
        f"  Airflow   {context.ports.url('airflow')}   (users: make status)\n"
        f"  services  {context.ports.url('edge')}\n"
        f"  in a shell: source {shlex.quote(str(_relative(context.layout.env_file)))}"
    )
    return 0


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _down(arguments: argparse.Namespace) -> int:
    layout = layout_from_environment()
    if not layout.root.exists():
        print("There is no sandbox here.")
        return 0
    if arguments.purge:
        forget_damaged(layout)
    with Progress() as progress:
        was_there = down(Context.of(layout), progress)
    if arguments.purge:
        purge(layout)
    words = "The sandbox is down" if was_there else "Nothing was running"
    print(f"{words}; its data is removed." if arguments.purge else f"{words}.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    found = status(Context.of(layout_from_environment()))
    if arguments.json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        console = PlainConsole()
        console.print(table(found))
        console.print()
        console.print(users_table(found))
    return 0


def _logs(arguments: argparse.Namespace) -> int:
    context = Context.of(layout_from_environment())
    names = [*(part.name for part in all_parts(context)), "supervisor"]
    if arguments.part not in (None, *names):
        msg = f"{arguments.part}: there is no such part. There are {', '.join(names)}."
        raise SandboxError(msg)
    wanted = [arguments.part] if arguments.part else names
    files = [context.layout.logs / f"{name}.log" for name in wanted]
    there = [str(file) for file in files if file.exists()]
    if not there:
        msg = "logs: nothing has been started yet. Run 'make up'."
        raise SandboxError(msg)
    follow = ("-F",) if arguments.follow else ()
    try:
        code = subprocess.run(("tail", "-n", "100", *follow, *there), check=False).returncode
    except KeyboardInterrupt:
        # This is how one stops following a log; there is nothing to resume.
        return _INTERRUPTED
    # `tail` is ended so when the reader of its output has closed it.
    return 0 if code == -signal.SIGPIPE else code


def _demo(arguments: argparse.Namespace) -> int:
    del arguments
    demo = importlib.import_module("sandbox.demo")
    return int(demo.main() or 0)
