"""Where the sandbox's commands write to."""

from __future__ import annotations

from rich.console import Console


class PlainConsole(Console):
    """Shows what programs and files say as it is, without marking or replacing any of it."""

    def __init__(self, *, stderr: bool = False) -> None:
        """On standard output, unless it is to be the other one."""
        super().__init__(stderr=stderr, highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Leave the exit code to the command, rather than exit with 1."""
        raise BrokenPipeError
