"""The output of the sandbox's commands."""

from __future__ import annotations

from rich.console import Console


class PlainConsole(Console):
    """Shows text of programs and files verbatim, without markup or highlighting."""

    def __init__(self, *, stderr: bool = False) -> None:
        """On standard output, unless told otherwise."""
        super().__init__(stderr=stderr, highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Leave the exit code to the command, rather than exit with 1."""
        raise BrokenPipeError
