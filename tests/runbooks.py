"""The shell commands that runbooks give."""

from __future__ import annotations

import re
from pathlib import Path

RUNBOOKS = Path(__file__).resolve().parents[1] / "runbooks"


def commands(page: str) -> list[str]:
    """The lines of the page's fences; names such as <id> stand for values."""
    fences = re.findall(r"```\n(.*?)```", (RUNBOOKS / f"{page}.md").read_text(), re.DOTALL)
    return [line for fence in fences for line in fence.splitlines() if line]


def command(page: str, beginning: str, **values: str) -> str:
    """The one command of a page that begins so, with values in place of its <names>."""
    (found,) = [line for line in commands(page) if line.startswith(beginning)]
    return re.sub(r"<(\w+)>", lambda match: values[match[1]], found)
