"""Faults on purpose: what makes a version bad, so that a release can be seen to refuse it.

They come from FAULT_* variables, or from `faults.json` in this package: then they are part of the
image, and may be limited to environments, so that a bad version passes staging.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference.settings import SettingsError

FILE = Path(__file__).with_name("faults.json")

_KEYS = {
    "error_rate": "FAULT_ERROR_RATE",
    "latency_ms": "FAULT_LATENCY_MS",
    "never_ready": "FAULT_NEVER_READY",
    "crash_after_seconds": "FAULT_CRASH_AFTER_SECONDS",
    "no_metrics": "FAULT_NO_METRICS",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """error_rate: share of requests (0 to 1) answered with 500. latency_ms: added to each request.

    never_ready: /readyz answers 503. crash_after_seconds: the process exits with 1 so long after
    its start. no_metrics: /metrics answers 404. The first two leave probes alone.
    """

    error_rate: float = 0.0
    latency_ms: float = 0.0
    never_ready: bool = False
    crash_after_seconds: float | None = None
    no_metrics: bool = False


def load(environment: Mapping[str, str], where: str, file: Path = FILE) -> Faults:
    """The faults that strike in the environment `where`; a variable goes before the file.

    Raises SettingsError: a value out of its range, an unknown key, or a file that is not JSON.
    """
    values = _from_file(file, where)
    for key, variable in _KEYS.items():
        text = environment.get(variable, "").strip()
        if text:
            values[key] = _from_text(key, variable, text)
    for key in ("never_ready", "no_metrics"):
        if not isinstance(values.get(key, False), bool):
            msg = f"{key}: {values[key]!r} is not allowed. Give true or false."
            raise SettingsError(msg)
    crash = values.get("crash_after_seconds")
    return Faults(
        error_rate=_number("error_rate", values.get("error_rate", 0), 1),
        latency_ms=_number("latency_ms", values.get("latency_ms", 0), 60_000),
        never_ready=values.get("never_ready", False),
        crash_after_seconds=None
        if crash is None
        else _number("crash_after_seconds", crash, 86_400),
        no_metrics=values.get("no_metrics", False),
    )


class ErrorRate:
    """Says which requests fail, spread evenly: at 0.05 every twentieth, exactly."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._seen = 0

    def strikes(self) -> bool:
        """Whether the next request fails."""
        before = math.floor(self._seen * self._rate + 1e-9)
        self._seen += 1
        return math.floor(self._seen * self._rate + 1e-9) > before


def _from_file(file: Path, where: str) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as e:
        msg = f"{file.name}: is not JSON ({e}). Fix it, or remove it."
        raise SettingsError(msg) from e
    if not isinstance(content, dict):
        msg = f"{file.name}: is not a JSON object. Give one such as {{'error_rate': 0.05}}."
        raise SettingsError(msg)
    environments = content.pop("environments", None)
    unknown = sorted(set(content) - set(_KEYS))
    if unknown:
        msg = f"{file.name}: {unknown[0]!r} is unknown. Known are {', '.join(_KEYS)}, environments."
        raise SettingsError(msg)
    if environments is not None and not (
        isinstance(environments, list) and all(isinstance(e, str) for e in environments)
    ):
        msg = f"{file.name}: environments is not a list of names. Give one such as ['production']."
        raise SettingsError(msg)
    return content if environments is None or where in environments else {}


def _from_text(key: str, variable: str, text: str) -> bool | float:
    if key in ("never_ready", "no_metrics"):
        known = {"1": True, "true": True, "0": False, "false": False}
        if text.lower() not in known:
            msg = f"{variable}: {text[:80]!r} is not allowed. Give 1 or 0."
            raise SettingsError(msg)
        return known[text.lower()]
    try:
        return float(text)
    except ValueError as e:
        msg = f"{variable}: {text[:80]!r} is not a number. Give one, or leave it out."
        raise SettingsError(msg) from e


def _number(key: str, value: object, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
        msg = f"{key}: {value!r} is not allowed. Give a number from 0 to {high:g}."
        raise SettingsError(msg)
    return float(value)
