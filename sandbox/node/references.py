"""Image references: names, tags, digests, and the mirror that stands for a registry. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"\w[\w.-]{0,127}")
_PATH = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")


class InvalidImageNameError(Exception):
    """Not an image reference; the kubelet's reason is the same word."""


@dataclass(frozen=True)
class Reference:
    """`registry/repository:tag@digest`."""

    registry: str
    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference; without a registry it is docker.io's, without a tag `latest`.

        Raises InvalidImageNameError.
        """
        rest, at, digest = text.partition("@")
        head, slash, path = rest.partition("/")
        if not slash or not ("." in head or ":" in head or head == "localhost"):
            head, path = "docker.io", rest if slash else f"library/{rest}"
        name, colon, tag = path.partition(":")
        good = _PATH.fullmatch(name) and (not colon or _TAG.fullmatch(tag))
        if not good or (at and not _DIGEST.fullmatch(digest)):
            msg = f'couldn\'t parse image name "{text}": invalid reference format'
            raise InvalidImageNameError(msg)
        return cls(head, name, tag or ("" if digest else "latest"), digest)

    @property
    def name(self) -> str:
        """Registry and repository."""
        return f"{self.registry}/{self.repository}"

    def located(self, mirror: str, registry: str) -> str:
        """What to ask for, where: `registry` in the place of the `mirror` name."""
        host = registry if registry and self.registry == mirror else self.registry
        return f"{host}/{self.repository}" + (f"@{self.digest}" if self.digest else f":{self.tag}")


def pull_policy(container: dict[str, str]) -> str:
    """Always, IfNotPresent or Never; the API server has filled it in."""
    return container.get("imagePullPolicy") or "IfNotPresent"
