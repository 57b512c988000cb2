"""What the forms of all pipelines ask for: the limits, and the checks of what came in."""

from __future__ import annotations

from fieldday.errors import Invalid, quoted

REASON_LENGTH = range(3, 501)
"""Characters."""
SHORTEST_MINUTES = 0.1


def check_reason(reason: object) -> None:
    """Raise `Invalid` unless it is one printable line of a few words."""
    shortest, longest = REASON_LENGTH.start, REASON_LENGTH.stop - 1
    fix = f"Say why in {shortest} to {longest} printable characters, on one line."
    if not isinstance(reason, str):
        raise Invalid("reason", f"is {quoted(reason)}, not text", fix)
    if len(reason) not in REASON_LENGTH or len(reason.strip()) < shortest:
        raise Invalid("reason", f"has {len(reason.strip())} characters", fix)
    if not reason.isprintable():
        raise Invalid("reason", f"{quoted(reason)} has characters that can't be printed", fix)


def check_minutes(field: str, minutes: object, longest: int) -> None:
    """Raise `Invalid` unless it is a time in minutes, up to `longest`."""
    fix = f"Use minutes, {SHORTEST_MINUTES} to {longest}."
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)):
        raise Invalid(field, f"is {quoted(minutes)}", fix)
    if not SHORTEST_MINUTES <= minutes <= longest:
        raise Invalid(field, f"is {minutes}", fix)
