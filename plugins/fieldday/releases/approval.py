"""What a person's approval of a release is good for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldday.errors import Permanent
from fieldday.releases.state import State

Images = Mapping[str, Mapping[str, Any]]


def digests(images: Images) -> dict[str, str]:
    """By service: the digest of its image."""
    return {name: image["digest"] for name, image in images.items()}


def check_given(approval: Any, images: Images) -> None:
    """Raise `Permanent` unless a person approved these images.

    Whoever may mark tasks, or clear them, has not approved by that.
    """
    given = approval if isinstance(approval, dict) else {}
    if given.get("decision") != "approved" or not given.get("by"):
        msg = (
            "approval: nobody approved this release, and marking the task does not. "
            "Release again, and answer the card."
        )
        raise Permanent(msg)
    if given.get("digests") != digests(images):
        msg = f"approval: {given['by']} approved other images. Release again."
        raise Permanent(msg)


def check_current(service: Mapping[str, Any], state: State) -> None:
    """Raise `Permanent` where production does not run what the card said that it runs.

    `service` is the plan's. What the run has changed already is its own affair.
    """
    found = state.stable_tag
    if state.started or state.broken or found in (service["from"], service["to"]):
        return
    msg = (
        f"{service['name']}: production runs {found or 'nothing'} now, not "
        f"{service['from'] or 'nothing'} as when this was approved. Release again."
    )
    raise Permanent(msg)
