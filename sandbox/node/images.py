"""Images: asked of the registry with crane, unpacked once a digest, kept until unused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.apiclient.api import Object
from sandbox.node import compiled, rootfs
from sandbox.node.paths import inside
from sandbox.node.programs import Finished, run
from sandbox.node.references import Reference
from sandbox.node.settings import Settings

_ASK_SECONDS = 15.0
_UNPACK_SECONDS = 180.0
_COMPILE_SECONDS = 60.0
# Unpacking is bound by CPU and disk; more at once only makes each of them slower.
_AT_ONCE = 2
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class PullError(Exception):
    """The image cannot be had; the message says why."""


class NeverPulledError(Exception):
    """The image is not here, and the pod says that it may not be pulled."""


@dataclass(frozen=True)
class Image:
    """An unpacked image."""

    name: str
    """Registry and repository."""
    digest: str
    folder: Path
    config: Object = field(hash=False)
    """`Entrypoint`, `Cmd`, `Env`, `WorkingDir`, ... of the image's configuration."""

    @property
    def identity(self) -> str:
        """`registry/repository@digest`, a container's `imageID`."""
        return f"{self.name}@{self.digest}"

    @property
    def rootfs(self) -> Path:
        """Its files."""
        return self.folder / "rootfs"


class Images:
    """The node's images."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.images
        self._folder.mkdir(parents=True, exist_ok=True)
        self._tags_file = self._folder / "tags.json"
        self._tags: dict[str, str] = _read(self._tags_file)
        self._locks: dict[str, asyncio.Lock] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        machine = platform.machine()
        self._platform = f"linux/{_MACHINES.get(machine, machine)}"
        self._environment = _crane_environment(self._folder)
        for left in self._folder.glob(".new-*"):
            shutil.rmtree(left, ignore_errors=True)

    async def get(
        self, text: str, policy: str, pulling: Callable[[], None]
    ) -> tuple[Image, float | None]:
        """The image of a reference, and the seconds that its pull took when there was one.

        `pulling` is called when the registry is about to be asked for the image's content.
        Raises InvalidImageNameError, PullError, NeverPulledError.
        """
        reference = Reference.parse(text)
        digest = reference.digest or self._tags.get(text, "")
        if policy == "Never" and not self._is_here(digest):
            raise NeverPulledError(text)
        if policy == "Always" and not reference.digest:
            digest = ""
        if not digest:
            digest = await self._resolve(reference)
            self._tags[text] = digest
            with contextlib.suppress(OSError):  # a full disk: it is asked again next time
                _write(self._tags_file, self._tags)
        async with self._locks.setdefault(digest, asyncio.Lock()):
            if await asyncio.to_thread(self._is_intact, digest):
                return self._open(reference, digest), None
            pulling()
            start = time.monotonic()
            async with self._slots:
                await self._unpack(reference, digest)
            return self._open(reference, digest), time.monotonic() - start

    def collect(self, used: set[str]) -> list[str]:
        """Remove the images that are not in `used` (digests), but for the latest few."""
        idle = [f for f in self._latest_first() if f.name.replace("-", ":") not in used]
        gone = idle[self._settings.image_cache :]
        for folder in gone:
            # Renamed first, so that nobody finds half of it.
            trash = self._folder / f".new-{secrets.token_hex(6)}"
            folder.rename(trash)
            shutil.rmtree(trash, ignore_errors=True)
        return [folder.name for folder in gone]

    def _latest_first(self) -> list[Path]:
        """The folders of the images, by when they were last wanted."""
        folders = self._folder.glob("sha256-*")
        return sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)

    def _path(self, digest: str) -> Path:
        return self._folder / digest.replace(":", "-")

    def _is_here(self, digest: str) -> bool:
        return bool(digest) and self._path(digest).is_dir()

    def _is_intact(self, digest: str) -> bool:
        folder = self._path(digest)
        return rootfs.intact(folder / "rootfs", folder / "seal.json")

    def _open(self, reference: Reference, digest: str) -> Image:
        folder = self._path(digest)
        # Its time says when it was last wanted.
        os.utime(folder)
        config = json.loads((folder / "config.json").read_text()).get("config") or {}
        return Image(reference.name, digest, folder, config)

    async def _resolve(self, reference: Reference) -> str:
        answer = await self._crane("digest", "--platform", self._platform, self._at(reference))
        return answer.output.decode().strip()

    def _at(self, reference: Reference) -> str:
        return reference.located(self._settings.mirror, self._settings.registry)

    async def _unpack(self, reference: Reference, digest: str) -> None:
        at = Reference(reference.registry, reference.repository, "", digest)
        config = await self._crane("config", self._at(at))
        new = self._folder / f".new-{secrets.token_hex(6)}"
        image, archive = new / "image", new / "export.tar"
        try:
            (image / "rootfs").mkdir(parents=True)
            (image / "config.json").write_bytes(config.output)
            await self._crane("export", self._at(at), str(archive), timeout=_UNPACK_SECONDS)
            result = await self._run(
                *("tar", "--extract", "--no-same-owner"),
                *(f"--file={archive}", f"--directory={image / 'rootfs'}"),
                timeout=_UNPACK_SECONDS,
            )
            if result.code != 0:
                msg = f"unpacking {digest}: {result.errors[-400:]}"
                raise PullError(msg)
            await self._compile(image / "rootfs", json.loads(config.output))
            await asyncio.to_thread(rootfs.seal, image / "rootfs", image / "seal.json")
            if self._path(digest).exists():
                self._path(digest).rename(new / "displaced")
            # The old one goes with the folder that the new one was made in.
            (new / "image").rename(self._path(digest))
        except OSError as error:
            msg = f"unpacking {digest}: {error}"
            raise PullError(msg) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)

    async def _compile(self, root: Path, config: Object) -> None:
        """Compile the image's Python once, and not at the start of each of its pods.

        That halves the CPU of a start and spares each pod the compiler's memory. What the latest
        image has the same of is taken from there. What cannot be compiled is left to the pod: it
        is no fault of the image that its code is for another Python.
        """
        working = (config.get("config") or {}).get("WorkingDir") or "/"
        folder = inside(root, working)
        if folder == root or not folder.is_dir():
            return
        await asyncio.to_thread(self._reuse, folder, folder.relative_to(root))
        # Paths in tracebacks are the container's.
        paths = ("-s", str(root), "-p", "/")
        with contextlib.suppress(PullError):
            await self._run(
                *(str(self._settings.python), "-m", "compileall", "-q", "-j", "2"),
                *(*paths, str(folder)),
                timeout=_COMPILE_SECONDS,
            )

    def _reuse(self, folder: Path, place: Path) -> None:
        """Take what the latest image has compiled, unless one of its pods has changed that."""
        with contextlib.suppress(OSError):  # it is being removed: all is compiled
            for latest in self._latest_first()[:1]:
                if self._is_intact(latest.name.replace("-", ":")):
                    compiled.reuse(folder, latest / "rootfs" / place)

    async def _crane(self, *arguments: str, timeout: float = _ASK_SECONDS) -> Finished:
        result = await self._run(self._settings.crane, *arguments, timeout=timeout)
        if result.code != 0:
            # crane says what it did on the way as well; its last line is what went wrong.
            lines = result.errors.splitlines() or [f"crane ended with {result.code}"]
            raise PullError(lines[-1].removeprefix("Error: "))
        return result

    async def _run(self, *command: str, timeout: float) -> Finished:
        try:
            return await run(*command, timeout=timeout, environment=self._environment)
        except TimeoutError as error:
            msg = f"{' '.join(command[:2])}: no answer within {timeout:.0f} s"
            raise PullError(msg) from error
        except OSError as error:
            msg = f"{command[0]}: {error.strerror}"
            raise PullError(msg) from error


def _crane_environment(folder: Path) -> dict[str, str]:
    """No proxy, and no credentials of the person who runs the sandbox."""
    kept = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    return kept | {"HOME": str(folder), "DOCKER_CONFIG": str(folder / "docker-config")}


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
        return {str(key): str(value) for key, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write(path: Path, document: dict[str, str]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, indent=1))
    new.replace(path)
