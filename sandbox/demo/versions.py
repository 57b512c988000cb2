"""The versions that the demo releases: copies of the reference service, good or bad on purpose."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.layout import CHECKOUT, Layout

REFERENCE = CHECKOUT / "services" / "reference"
_LEAVE_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def make(layout: Layout, version: str, faults: Mapping[str, Any] | None = None) -> Path:
    """A source of that version, in a folder of its own.

    `faults` are those of the reference service's `faults.json`; they occur in production only,
    so that the version passes staging.
    """
    folder = layout.folder(layout.sources) / version
    new = folder.with_name(f".{version}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(REFERENCE, new, ignore=_LEAVE_OUT)
    (new / "reference" / "release.txt").write_text(f"{version}\n")
    if faults:
        content = {**faults, "environments": ["production"]}
        (new / "reference" / "faults.json").write_text(json.dumps(content, indent=2) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return folder
