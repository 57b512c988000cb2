"""A sandbox's folder for each test, in a place with an awkward name."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.layout import Layout
from sandbox.parts.context import Context, Secrets
from sandbox.ports import NAMES, Ports


@pytest.fixture
def layout() -> Iterator[Layout]:
    """An empty one. Its path has what shells, configuration files and printf stumble over."""
    # Not pytest's folder: a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="""it's 100%d "$HOME" """)).resolve()
    found = Layout(folder / ".sandbox")
    yield found
    shutil.rmtree(folder)
    if not found.run.is_relative_to(found.root):
        shutil.rmtree(found.run, ignore_errors=True)


@pytest.fixture
def context(layout: Layout) -> Context:
    """A sandbox that has ports, and nothing that listens on them."""
    layout.folder(layout.root)
    ports = Ports({name: 20_000 + number for number, name in enumerate(NAMES)})
    return Context(layout, ports, Secrets(layout), "18.7")
