"""A function for the example: says which schedule called it."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    return {"called_by": str(event.get("schedule", "somebody"))}
