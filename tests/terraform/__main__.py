"""What is done to the configurations by hand: `python -m tests.terraform COMMAND`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from sandbox.errors import SandboxError
from tests.terraform import programs
from tests.terraform.mutation.run import mutate
from tests.terraform.readmes import write_readmes
from tests.terraform.targets import TERRAFORM


def main() -> int:
    """Carry out one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tests.terraform", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    formatting = commands.add_parser(
        "format", help="write all configurations in terraform's format"
    )
    formatting.add_argument("--check", action="store_true", help="say what differs, change nothing")
    commands.add_parser("readmes", help="write the modules' READMEs")
    mutating = commands.add_parser("mutate", help="see which mistakes the tests would notice")
    mutating.add_argument("--count", type=int, default=240, help="how many mutants (240)")
    mutating.add_argument("--seed", type=int, default=1, help="another seed, other mutants (1)")
    mutating.add_argument("--minutes", type=float, default=40, help="begin none after this (40)")
    mutating.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="how many at once (processors)"
    )
    mutating.add_argument("only", nargs="*", help="modules, such as vpc or gcp/modules/vpc")
    options = parser.parse_args()
    try:
        if options.command == "format":
            return _format(check=options.check)
        if options.command == "mutate":
            is_enough = mutate(
                options.count,
                options.seed,
                options.minutes,
                options.workers,
                options.only,
                say=print,
            )
            return 0 if is_enough else 1
    except (SandboxError, LookupError) as error:
        print(error, file=sys.stderr)
        return 1
    for path in write_readmes():
        print(path)
    return 0


def _format(*, check: bool) -> int:
    arguments = ["fmt", "-recursive", *(["-check", "-diff"] if check else []), str(TERRAFORM)]
    result = subprocess.run([str(programs.terraform()), *arguments], check=False)
    if result.returncode != 0 and check:
        print(
            "terraform: the files above are not in its format. Run 'make format'.", file=sys.stderr
        )
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
