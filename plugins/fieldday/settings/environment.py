"""Reading variables of the environment, with errors that name them."""

from __future__ import annotations

from collections.abc import Mapping

from fieldday.errors import Invalid, quoted


def text(env: Mapping[str, str], name: str) -> str | None:
    """The variable; none where it is empty or not set."""
    return env.get(name) or None


def texts(env: Mapping[str, str], name: str, separator: str = ",") -> tuple[str, ...]:
    """The parts of a list, without space around them and without empty ones."""
    return tuple(part for word in env.get(name, "").split(separator) if (part := word.strip()))


def flag(env: Mapping[str, str], name: str) -> bool:
    """Whether it is `true`; not where it is not set. Raises `Invalid`."""
    found = (env.get(name) or "false").strip().lower()
    if found not in ("true", "false"):
        raise Invalid(name, f"is {quoted(found)}", "Use true or false.")
    return found == "true"


def whole(env: Mapping[str, str], name: str, default: int, allowed: range, unit: str) -> int:
    """A whole number within `allowed`. Raises `Invalid`."""
    found = env.get(name) or str(default)
    if found.isascii() and found.isdigit() and len(found) <= 9 and int(found) in allowed:
        return int(found)
    fix = f"Use whole {unit}, {allowed.start} to {allowed.stop - 1}."
    raise Invalid(name, f"is {quoted(found)}", fix)


def decimal(env: Mapping[str, str], name: str, default: float, most: float) -> float:
    """A number above 0, up to `most`. Raises `Invalid`."""
    found = env.get(name) or str(default)
    try:
        number = float(found)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise Invalid(name, f"is {quoted(found)}", f"Use a number above 0, up to {most:g}.")
    return number
