"""Compiled Python of one image for another: most of two images of a service is the same."""

from __future__ import annotations

import contextlib
import filecmp
import os
from pathlib import Path

_CACHE = "__pycache__"


def reuse(folder: Path, earlier: Path) -> int:
    """Give `folder` what was compiled in `earlier` of the very same sources; how many files.

    Sources are compared byte by byte: the layers of a reproducible image give all files one time,
    by which Python would take old code for new. The compiled files are hard links, as they are in
    containers (`rootfs`).
    """
    count = 0
    for place, _, names in os.walk(earlier):
        cache = Path(place)
        if cache.name != _CACHE:
            continue
        theirs, ours = cache.parent, folder / cache.parent.relative_to(earlier)
        same: dict[str, bool] = {}
        for name in names:
            source = f"{name.partition('.')[0]}.py"
            if source not in same:
                same[source] = _is_same(theirs / source, ours / source)
            if same[source]:
                (ours / _CACHE).mkdir(exist_ok=True)
                with contextlib.suppress(OSError):  # what cannot be linked is compiled
                    os.link(cache / name, ours / _CACHE / name)
                    count += 1
    return count


def _is_same(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
