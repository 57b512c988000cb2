"""Volumes: folders of a pod, filled from ConfigMaps, Secrets, tokens and the pod's own fields."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.apiclient.api import Object
from sandbox.node.downward import ConfigError, Downward
from sandbox.node.paths import inside
from sandbox.node.sources import Sources

_DEFAULT_MODE = 0o644
_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class File:
    """One file of a volume."""

    content: bytes
    mode: int


Files = dict[str, File]


async def files(volume: Object, sources: Sources, downward: Downward) -> Files | None:
    """What is in a volume, by relative path; None for an emptyDir, which is the pod's own.

    Raises ConfigError, ApiError, UnreachableError.
    """
    if "projected" in volume:
        projected = volume["projected"] or {}
        mode = projected.get("defaultMode", _DEFAULT_MODE)
        found: Files = {}
        for source in projected.get("sources") or []:
            for kind, reference in source.items():
                found |= await _one(kind, reference or {}, mode, sources, downward)
        return found
    for kind in ("configMap", "secret", "downwardAPI"):
        if kind in volume:
            reference = volume[kind] or {}
            mode = reference.get("defaultMode", _DEFAULT_MODE)
            return await _one(kind, reference, mode, sources, downward)
    return None


async def _one(
    kind: str, reference: Object, mode: int, sources: Sources, downward: Downward
) -> Files:
    if kind == "serviceAccountToken":
        seconds = int(reference.get("expirationSeconds") or _TOKEN_SECONDS)
        token = await sources.token(reference.get("audience") or "", seconds)
        return {reference["path"]: File(token, mode)}
    if kind == "downwardAPI":
        return {item["path"]: _item(item, mode, downward) for item in reference.get("items") or []}
    optional = bool(reference.get("optional"))
    if kind == "configMap":
        name = reference["name"]
        entries = await sources.config_map(name, optional=optional)
    else:
        name = reference.get("secretName") or reference["name"]
        entries = await sources.secret(name, optional=optional)
    items = reference.get("items")
    if not items:
        return {key: File(value, mode) for key, value in entries.items()}
    found: Files = {}
    for item in items:
        if item["key"] in entries:
            found[item["path"]] = File(entries[item["key"]], item.get("mode", mode))
        elif not optional:
            msg = f"references non-existent {kind} key: {item['key']} of {name}"
            raise ConfigError(msg)
    return found


def _item(item: Object, mode: int, downward: Downward) -> File:
    if reference := item.get("resourceFieldRef"):
        text = downward.resource(reference, reference.get("containerName", ""))
    else:
        text = downward.field(item["fieldRef"]["fieldPath"])
    return File(text.encode(), item.get("mode", mode))


def write(folder: Path, content: Files) -> bool:
    """Make the folder hold exactly these files, all at once; whether anything has changed.

    As with a kubelet, `..data` is a link to the present version, and the names beside it lead
    through that: readers see either all of the old version or all of the new.
    """
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "..data"
    if _read(link) == content and link.is_symlink():
        return False
    version = folder / f"..{time.time_ns()}"
    for name, file in content.items():
        path = inside(version, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            target.write(file.content)
            os.fchmod(descriptor, file.mode)
    version.mkdir(exist_ok=True)
    old = folder / link.readlink() if link.is_symlink() else None
    new = folder / "..data_new"
    new.unlink(missing_ok=True)
    new.symlink_to(version.name)
    new.replace(link)
    wanted = {inside(folder, name).relative_to(folder).parts[0] for name in content}
    for entry in list(folder.iterdir()):
        if not entry.name.startswith("..") and entry.name not in wanted:
            entry.unlink()
    for name in wanted:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data") / name)
    if old:
        shutil.rmtree(old, ignore_errors=True)
    return True


def _read(folder: Path) -> Files:
    found: Files = {}
    for path in folder.rglob("*") if folder.exists() else ():
        if path.is_file():
            name = str(path.relative_to(folder))
            found[name] = File(path.read_bytes(), path.stat().st_mode & 0o777)
    return found


def mount(rootfs: Path, volumes: Path, mounts: list[Object]) -> None:
    """Put the volumes where the container's spec wants them, by links.

    Raises ConfigError: a subPath that the volume does not have.
    """
    # Outer mounts first, so that an inner one lands inside the outer volume.
    for entry in sorted(mounts, key=lambda m: len(m["mountPath"])):
        source = volumes / entry["name"]
        if sub := entry.get("subPath"):
            source = inside(source, sub)
            if not source.exists():
                if (volumes / entry["name"] / "..data").is_symlink():
                    msg = f"volumeMounts: {entry['name']} has no '{sub}'"
                    raise ConfigError(msg)
                source.mkdir(parents=True)
        target = inside(rootfs, entry["mountPath"])
        if target.is_symlink():
            target.unlink()
        elif target.is_dir():
            shutil.rmtree(target)
        elif target.exists():
            target.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
