"""`$(VAR)` in commands, arguments and values, as Kubernetes expands it."""

from __future__ import annotations

import re
from collections.abc import Mapping

# `$$` is an escaped `$`; `$(NAME)` a reference. Anything else after `$` is left as it is.
_REFERENCE = re.compile(r"\$(?:\$|\(([^()]*)\))")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace `$(NAME)` by its value. Unknown names stay, `$$(NAME)` becomes `$(NAME)`.

    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "$"
        return values.get(name, match.group(0))

    return _REFERENCE.sub(replace, text)
