"""api."""

from __future__ import annotations

from reference.operations import Operations

operations = Operations()
