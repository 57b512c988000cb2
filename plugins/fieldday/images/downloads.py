"""What a program needs of the environment to download packages, and nothing else of it."""

from __future__ import annotations

import os
import re

_NAMES = re.compile(r"(?:UV|PIP)_\w+|(?:HTTPS?|ALL|NO)_PROXY", re.IGNORECASE)


def environment() -> dict[str, str]:
    """The settings of uv, pip and proxies.

    A requirements.txt may have `${...}` for any variable, so that all others would be its author's.
    """
    return {name: value for name, value in os.environ.items() if _NAMES.fullmatch(name)}
