"""Building an image without Docker: the same source gives the same digest."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from fieldday.images import layers, registry
from fieldday.images.build_spec import BuildSpec, load
from fieldday.images.source import check, check_version, copy, files, source_version

__all__ = ["Image", "build", "source_version"]

_PYTHON = ("--env", "PYTHONDONTWRITEBYTECODE=1", "--env", "PYTHONUNBUFFERED=1")


@dataclass(frozen=True)
class Image:
    """An image of a service in the registry."""

    service: str
    repository: str
    """Without the registry, such as `fieldday/api`."""
    tag: str
    digest: str
    """`sha256:` and 64 hexadecimal digits."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Read back what `to_dict` returned."""
        return cls(**content)


def build(
    source: Path,
    service: str,
    version: str,
    host: str,
    *,
    planned: str | None = None,
    base: str | None = None,
    cache: Path | None = None,
) -> Image:
    """Build the image of `service` from `source` and push it to the registry `host`.

    `planned` is the version that the source must have. `base` is the image to build on where the
    source names none; none: the image has /app alone, for a node that brings Python. Done again
    it finds its own work: nothing changes.

    Raises `Invalid`: the source lacks something. Raises `Permanent`: the version is taken, or the
    source is not the planned one. Raises `CommandFailed`, `Retryable`: packages or the registry
    can't be had now.
    """
    check(source)
    repository = f"fieldday/{service}"
    at = f"{host}/{repository}"
    with tempfile.TemporaryDirectory(prefix="fieldday-image-") as folder:
        # A copy: what is compared, labelled and built is then the same, whatever others write.
        copied = Path(folder) / "source"
        copy(source, copied, files(source))
        found = source_version(copied)
        check_version(source, planned or found, found)
        spec = load(copied)
        own = layers.code(copied, Path(folder))
        below = (
            layers.dependencies(copied / spec.requirements, cache) if spec.requirements else None
        )
        config = (*_config(spec), *_labels(service, found))
        digest = registry.push(at, [*filter(None, (below, own))], config, spec.base or base)
    registry.tag(at, digest, version)
    return Image(service, repository, version, digest)


def _config(spec: BuildSpec) -> tuple[str, ...]:
    # As the reference service's Dockerfile has it. crane reads a list as a line of CSV.
    entrypoint = io.StringIO()
    csv.writer(entrypoint, lineterminator="").writerow(spec.entrypoint)
    return (
        *("--workdir", "/app"),
        *("--user", "10001:10001"),
        *("--entrypoint", entrypoint.getvalue()),
        *("--exposed-ports", "8080/tcp"),
        *(_PYTHON if spec.is_python else ()),
    )


def _labels(service: str, source: str) -> tuple[str, ...]:
    # Not the version: one content under two names is one image.
    return (
        *("--label", f"org.opencontainers.image.title={service}"),
        *("--label", f"{registry.SOURCE_LABEL}={source}"),
    )
