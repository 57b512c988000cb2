"""What a person asks for in the form of a release, checked before anything runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from fieldday.errors import Invalid, quoted
from fieldday.requests import check_minutes, check_reason
from fieldday.settings import GATE_SECONDS

Strategy = Literal["canary", "rolling", "blue-green"]
STRATEGIES: tuple[str, ...] = get_args(Strategy)

VERSION_PATTERN = r"^[0-9A-Za-z](?:[0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$"
"""A tag of an image that is also a value of a Kubernetes label."""

MAX_STEPS = 10
APPROVAL_MINUTES = range(1, 10_081)


@dataclass(frozen=True)
class ReleaseRequest:
    """One release of a set of services, in the order in which they are to be released."""

    services: tuple[str, ...]
    """Names from the catalogue, dependencies first."""
    version: str | None
    """The tag of the images; none: it is derived from the source's content."""
    source: Path | None
    """The folder that the images are built from; absolute, without symbolic links. None: the
    version was built elsewhere, and is in the registry."""
    strategy: Strategy
    """How production changes from the old version to the new one."""
    steps: tuple[int, ...]
    """Of a canary: the candidate's share of the requests at each step, in percent."""
    gate_seconds: int
    """How long each step is analyzed at least, in seconds."""
    approval_minutes: float
    """How long the approval card waits for an answer, in minutes."""
    reason: str
    """Why, for the approver and for the record."""

    def __post_init__(self) -> None:
        """Check all that needs nothing but the request itself. Raises `Invalid`."""
        _check_services(self.services)
        _check_version(self.version)
        if self.version is None and self.source is None:
            fix = "Give the version that is in the registry, or a source to build one from."
            raise Invalid("version", "is empty, and so is the source", fix)
        _check_strategy(self.strategy)
        _check_steps(self.steps)
        _check_int("gate_seconds", self.gate_seconds, GATE_SECONDS, "whole seconds")
        check_minutes("approval_minutes", self.approval_minutes, APPROVAL_MINUTES.stop - 1)
        check_reason(self.reason)

    @classmethod
    def from_params(
        cls,
        params: Mapping[str, Any],
        *,
        release_order: Sequence[str],
        source_roots: Sequence[Path],
    ) -> ReleaseRequest:
        """Read the form's values.

        `release_order` has every service of the catalogue, dependencies first; a relative
        `source` is taken from the first of `source_roots`, and has to be below one of them.
        Raises `Invalid` for the first value that is wrong.
        """
        services = params.get("services")
        _check_services(services)
        for name in services or ():
            if name not in release_order:
                known = ", ".join(sorted(release_order))
                raise Invalid(
                    "services", f"{quoted(name)} is not in the catalogue", f"Use {known}."
                )
        steps = params.get("steps")
        _check_steps(steps)
        return cls(
            services=tuple(name for name in release_order if name in (services or ())),
            version=params.get("version"),
            source=_find_source(params.get("source"), source_roots),
            strategy=params.get("strategy"),  # type: ignore[arg-type] # checked by the class
            steps=tuple(steps or ()),
            gate_seconds=params.get("gate_seconds"),  # type: ignore[arg-type] # likewise
            approval_minutes=params.get("approval_minutes"),  # type: ignore[arg-type] # likewise
            reason=params.get("reason"),  # type: ignore[arg-type] # likewise
        )


def _check_services(services: object) -> None:
    fix = "Name at least one service of the catalogue, each once."
    if not isinstance(services, (list, tuple)):
        raise Invalid("services", f"is {quoted(services)}, not a list", fix)
    if not services:
        raise Invalid("services", "is empty", fix)
    for name in services:
        if not isinstance(name, str):
            raise Invalid("services", f"has {quoted(name)}, not text", fix)
    if repeated := [name for name in services if services.count(name) > 1]:
        raise Invalid("services", f"has {quoted(repeated[0])} more than once", fix)


def _check_version(version: object) -> None:
    fix = (
        "Use 1 to 63 letters, digits, '.', '_' or '-', with a letter or digit at both ends, "
        "such as 1.4.2; or leave it empty to have it made from the source."
    )
    if version is None:
        return
    if not isinstance(version, str):
        raise Invalid("version", f"is {quoted(version)}, not text", fix)
    # fullmatch: '$' alone would let a newline at the end pass.
    if not re.fullmatch(VERSION_PATTERN.removesuffix("$"), version):
        raise Invalid("version", f"{quoted(version)} can't be a tag", fix)
    if version == "latest":
        raise Invalid("version", "'latest' names no one version", fix)


def _check_strategy(strategy: object) -> None:
    if not isinstance(strategy, str) or strategy not in STRATEGIES:
        fix = f"Use {', '.join(STRATEGIES[:-1])} or {STRATEGIES[-1]}."
        raise Invalid("strategy", f"{quoted(strategy)} is not known", fix)


def _check_steps(steps: object) -> None:
    fix = f"Use 1 to {MAX_STEPS} whole percentages, ascending, the last 100, such as 10, 50, 100."
    if not isinstance(steps, (list, tuple)):
        raise Invalid("steps", f"is {quoted(steps)}, not a list", fix)
    if not steps:
        raise Invalid("steps", "is empty", fix)
    if len(steps) > MAX_STEPS:
        raise Invalid("steps", f"has {len(steps)} steps", fix)
    for step in steps:
        if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= 100:
            raise Invalid("steps", f"has {quoted(step)}", fix)
    if any(left >= right for left, right in itertools.pairwise(steps)):
        raise Invalid("steps", f"{quoted(list(steps))} does not ascend", fix)
    if steps[-1] != 100:
        raise Invalid("steps", f"ends with {steps[-1]}", fix)


def _check_int(field: str, value: object, allowed: range, unit: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        fix = f"Use {unit}, {allowed.start} to {allowed.stop - 1}."
        raise Invalid(field, f"is {quoted(value)}", fix)


def _find_source(source: object, roots: Sequence[Path]) -> Path | None:
    if source is None:
        return None
    allowed = " or ".join(str(root) for root in roots)
    fix = f"Name a folder below {allowed}, or leave it empty with a version that is built."
    if not isinstance(source, str) or not source:
        raise Invalid("source", f"is {quoted(source)}", fix)
    try:
        folder = (roots[0] / source).resolve()
        is_folder = folder.is_dir()
        inside = any(folder.is_relative_to(root.resolve()) for root in roots)
    except (OSError, ValueError) as e:
        # Longer than a path may be, or with a null character in it.
        raise Invalid("source", f"{quoted(source)} can't be a path", fix) from e
    if not inside:
        raise Invalid("source", f"{quoted(source)} is outside", fix)
    if not is_folder:
        raise Invalid("source", f"{quoted(source)} is not a folder", fix)
    return folder
