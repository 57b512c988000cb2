"""Rendering the charts with the real helm, and finding objects in what it gives."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
CHARTS = ROOT / "helm"
SERVICES = tuple(sorted(p.parent.parent.name for p in CHARTS.glob("*/charts/service-library")))
# What is given to --values, in order.
ENVIRONMENTS: Mapping[str, tuple[str, ...]] = {
    "development": ("development",),
    "staging": ("staging",),
    "production": ("production",),
    "staging in the sandbox": ("staging", "sandbox"),
    "production in the sandbox": ("production", "sandbox"),
}
ROUTINGS = ("HTTPRoute", "alb", "nginx")

Object = dict[str, Any]


class RefusedError(Exception):
    """Helm would not render; the text is what a person sees."""


@dataclass(frozen=True)
class Helm:
    """The helm program, with answers kept: a test may ask again for what another asked for."""

    program: Path

    def render(
        self,
        service: str,
        values: Iterable[str] = (),
        settings: Iterable[str] = (),
        files: Iterable[Path] = (),
        *,
        release: str | None = None,
        namespace: str | None = None,
    ) -> list[Object]:
        """The objects of a release; `settings` are for --set, `files` come last but them.

        Raises `RefusedError`.
        """
        values = tuple(values)
        names = [CHARTS / service / f"values-{name}.yaml" for name in values]
        text = _template(
            self.program,
            release or f"fieldday-{service}",
            CHARTS / service,
            namespace or (values[0] if values else "development"),
            (*names, *files),
            tuple(settings),
        )
        return [loaded for loaded in yaml.load_all(text, Loader=yaml.CSafeLoader) if loaded]

    def refusal(self, service: str, values: Iterable[str] = (), **given: Any) -> str:
        """The words with which these values are refused."""
        try:
            self.render(service, values, **given)
        except RefusedError as e:
            return str(e)
        raise AssertionError("helm rendered what it should have refused")


@functools.cache
def _template(
    program: Path,
    release: str,
    chart: Path,
    namespace: str,
    files: tuple[Path, ...],
    settings: tuple[str, ...],
) -> str:
    command = [str(program), "template", release, str(chart), "--namespace", namespace]
    for file in files:
        command += ["--values", str(file)]
    for setting in settings:
        command += ["--set", setting]
    # No cluster, and nothing of the person's own helm.
    environment = {"PATH": os.environ["PATH"], "KUBECONFIG": os.devnull, "HOME": "/nonexistent"}
    # It ends before collecting its garbage pays: a third less time, hundreds of times.
    environment["GOGC"] = "off"
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=60 * PATIENCE, check=False
    )
    if done.returncode:
        raise RefusedError(done.stderr)
    return done.stdout


def with_routing(kind: str) -> tuple[str, ...]:
    """The settings that choose how requests are routed."""
    return (f"routing.kind={kind}", "routing.domain=fieldday.example")


def with_candidate(weight: int, *more: str) -> tuple[str, ...]:
    """The settings of a running candidate."""
    return ("candidate.enabled=true", "candidate.tag=2.0.0", f"candidate.weight={weight}", *more)


def in_full(kind: str) -> tuple[str, ...]:
    """The settings of a release with all that it may have: a route, a candidate, a preview."""
    more = ("candidate.replicas=2", "candidate.preview=true")
    return (*with_routing(kind), *with_candidate(10, *more))


def of_kind(objects: Iterable[Object], kind: str) -> list[Object]:
    """Those of a kind."""
    return [found for found in objects if found["kind"] == kind]


def one(objects: Iterable[Object], kind: str, name: str) -> Object:
    """The one of this kind and name."""
    (found,) = [x for x in of_kind(objects, kind) if x["metadata"]["name"] == name]
    return found


def without(objects: Iterable[Object], *kinds: str) -> list[Object]:
    """Those of other kinds."""
    return [found for found in objects if found["kind"] not in kinds]
