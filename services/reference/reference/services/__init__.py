"""FieldDay's services: what each of them keeps and answers, one module a service."""

from __future__ import annotations

import importlib
import pkgutil

from reference.operations import Operations
from reference.settings import SettingsError


def names() -> list[str]:
    """The services that there are."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Operations:
    """What the service of this name offers. Raises SettingsError."""
    if name not in names():
        msg = f"SERVICE: {name!r} is unknown. Give one of {', '.join(names())}."
        raise SettingsError(msg)
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    operations: Operations = module.operations
    return operations
