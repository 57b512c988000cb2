"""An OCI registry, asked and filled by `crane`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldday.errors import Invalid, Permanent, Retryable
from fieldday.processes import CommandFailed, Completed, run, trimmed

UNKNOWN = "unknown"
"""Of what source an image was built that does not say so."""

SOURCE_LABEL = "org.opencontainers.image.revision"
_ASK_SECONDS = 30
_PUSH_SECONDS = 180
_NOT_THERE = ("MANIFEST_UNKNOWN", "NAME_UNKNOWN", "404 Not Found")
_REFUSED = ("UNAUTHORIZED", "DENIED", "401 Unauthorized", "403 Forbidden")


@dataclass(frozen=True)
class Origin:
    """Where an image comes from."""

    digest: str | None
    """Its digest in the registry; none: it is not there, and will be built."""
    built_from: str
    """The version of its source, as the label of one that is there says, or `unknown`."""


def origin(image: str, source: str | None) -> Origin:
    """Where the image `registry/repository:tag` of a release comes from.

    `source` is the version of the source that one which is not there will be built from; none:
    nothing will be. Raises `Invalid` for such an image that is not there. Raises as `digest_of`
    does.
    """
    digest = digest_of(image)
    if digest is not None:
        return Origin(digest, source_of(image) or UNKNOWN)
    if source is None:
        fix = "Push it there, or give the source to build it from."
        raise Invalid("version", f"{image} is not in the registry", fix)
    return Origin(None, source)


def digest_of(image: str) -> str | None:
    """The digest of `registry/repository:tag`; none when there is no such tag.

    Raises `Retryable`: the registry is unreachable. Raises `Permanent`: it refuses us.
    """
    try:
        return _crane("digest", image, timeout=_ASK_SECONDS).stdout.strip()
    except CommandFailed as e:
        if any(sign in e.completed.stderr for sign in _NOT_THERE):
            return None
        raise _translated(image, e) from e


def source_of(image: str) -> str | None:
    """The version of the source that an image was built from; none when it does not say.

    Raises as `digest_of` does.
    """
    try:
        config = json.loads(_crane("config", image, timeout=_ASK_SECONDS).stdout)
    except CommandFailed as e:
        raise _translated(image, e) from e
    labels = config.get("config", {}).get("Labels") or {}
    return labels.get(SOURCE_LABEL)


def push(
    repository: str, layers: Sequence[Path], config: Sequence[str], base: str | None = None
) -> str:
    """Push an image of these layers on top of `base`, under no tag that lasts; its digest.

    `config` are options of `crane mutate`. Raises as `digest_of` does.
    """
    added = [word for layer in layers for word in ("--new_layer", str(layer))]
    under = ("--base", base) if base else ()
    try:
        # What follows goes by the digest: another build may have moved this tag meanwhile.
        unfinished = f"{repository}:unfinished"
        answer = _crane("append", *under, *added, "--new_tag", unfinished, timeout=_PUSH_SECONDS)
        plain = f"{repository}@{_digest_in(answer)}"
        answer = _crane("mutate", plain, *config, timeout=_PUSH_SECONDS)
    except CommandFailed as e:
        raise _translated(repository, e) from e
    return _digest_in(answer)


def tag(repository: str, digest: str, name: str) -> None:
    """Name an image. A name never changes its image.

    Raises `Permanent`: the tag names another image. Raises as `digest_of` does.
    """
    image = f"{repository}:{name}"
    there = digest_of(image)
    if there == digest:
        return
    if there is not None:
        msg = (
            f"version: {image} exists with other content ({there[:19]}…, this is {digest[:19]}…). "
            "A tag never changes: give another version."
        )
        raise Permanent(msg)
    try:
        _crane("tag", f"{repository}@{digest}", name, timeout=_ASK_SECONDS)
    except CommandFailed as e:
        raise _translated(image, e) from e


def _crane(*words: str, timeout: float) -> Completed:
    return run(("crane", *words), timeout=timeout)


def _digest_in(answer: Completed) -> str:
    """Crane's answer ends with `repository@sha256:...`."""
    _, _, digest = answer.stdout.strip().rpartition("@")
    if not digest.startswith("sha256:"):
        msg = f"crane: returned no digest ({trimmed(answer.stdout, 200)!r}). Which version is it?"
        raise Permanent(msg)
    return digest


def _translated(what: str, error: CommandFailed) -> Permanent | Retryable:
    said = error.completed.stderr.strip()
    if any(sign in said for sign in _REFUSED):
        msg = f"{what}: the registry refuses us ({trimmed(said, 300)}). Fix its credentials."
        return Permanent(msg)
    msg = f"{what}: the registry is unreachable ({trimmed(said, 300)}). Is it up?"
    return Retryable(msg)
