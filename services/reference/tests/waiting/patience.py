"""How long tests wait before they call something hung."""

from __future__ import annotations

from typing import Final

# What follows `PATIENCE *` is plenty on a quiet machine. A slow and busy one gets this many times
# as long, and a test that passes waits no longer for it.
PATIENCE: Final = 10
