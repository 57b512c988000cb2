"""Settings of releases: where they come from, where they go, and what the gate allows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from fieldday.settings.environment import decimal, text, texts, whole

GATE_SECONDS = range(5, 3601)
"""How long a step of a rollout may be analyzed, in seconds."""


@dataclass(frozen=True)
class GateLimits:
    """What a version must keep to while it is rolled out."""

    error_rate: float = 0.01
    """FIELDDAY_GATE_ERROR_RATE: answers with a status of 500 or more, among all. Default: 0.01."""
    p95_seconds: float = 0.5
    """FIELDDAY_GATE_LATENCY_SECONDS: the 95th percentile of the durations, in seconds: a bound
    of the histogram's buckets. Default: 0.5."""
    restarts: int = 0
    """Container restarts."""
    min_requests: int = 20
    """FIELDDAY_GATE_MIN_REQUESTS: fewer can't be analyzed. Default: 20."""
    worse_factor: float = 2.0
    """How many times stable's error rate or p95 at the same moment is too much, …"""
    error_floor: float = 0.005
    """… where the error rate is above this, …"""
    p95_floor_seconds: float = 0.1
    """… or the p95 above this: twice very little is still little."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the environment. Raises `Invalid` with the variable's name."""
        requests = range(1, 1_000_001)
        return cls(
            error_rate=decimal(env, "FIELDDAY_GATE_ERROR_RATE", cls.error_rate, 1),
            p95_seconds=decimal(env, "FIELDDAY_GATE_LATENCY_SECONDS", cls.p95_seconds, 60),
            min_requests=whole(
                env, "FIELDDAY_GATE_MIN_REQUESTS", cls.min_requests, requests, "requests"
            ),
        )

    def __str__(self) -> str:
        return f"errors {self.error_rate * 100:.3g} %, p95 {self.p95_seconds * 1000:.0f} ms"


@dataclass(frozen=True)
class ReleaseSettings:
    """Settings of the release pipeline."""

    source_roots: tuple[Path, ...] = ()
    """FIELDDAY_SOURCE_ROOTS: folders, separated by ':', below which a release may take its
    source, besides the checkout. Default: none."""
    domain: str = "fieldday.example"
    """FIELDDAY_DOMAIN: the edge offers `<service>.<domain>` and `<service>.staging.<domain>`.
    Default: fieldday.example."""
    helm_overlays: tuple[str, ...] = ()
    """FIELDDAY_HELM_OVERLAYS: names, separated by ',': `sandbox` puts the chart's
    `values-sandbox.yaml` on top of the environment's values. Default: none."""
    image_base: str | None = None
    """FIELDDAY_IMAGE_BASE: the image that services are built on, with Python in it. Default:
    none, for nodes that bring Python."""
    gate_seconds: int = 60
    """FIELDDAY_GATE_SECONDS: how long each step of a rollout is analyzed unless the request says
    otherwise. Default: 60."""
    limits: GateLimits = field(default_factory=GateLimits)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the environment. Raises `Invalid` with the variable's name."""
        return cls(
            source_roots=tuple(map(Path, texts(env, "FIELDDAY_SOURCE_ROOTS", os.pathsep))),
            domain=text(env, "FIELDDAY_DOMAIN") or cls.domain,
            helm_overlays=texts(env, "FIELDDAY_HELM_OVERLAYS"),
            image_base=text(env, "FIELDDAY_IMAGE_BASE"),
            gate_seconds=whole(
                env, "FIELDDAY_GATE_SECONDS", cls.gate_seconds, GATE_SECONDS, "seconds"
            ),
            limits=GateLimits.from_env(env),
        )
