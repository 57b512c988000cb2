"""What exactly is started for a container: command, environment, folder. There is no chroot."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.apiclient.api import Object
from sandbox.node.expansion import expand
from sandbox.node.paths import inside, rewrite

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class StartError(Exception):
    """The container's command cannot be started; the message is the kubelet's."""


@dataclass(frozen=True)
class Launch:
    """A command ready to be started."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    stop_signal: int


@dataclass(frozen=True)
class Root:
    """A container's root folder and the paths in it that are to be found from outside."""

    folder: Path
    mounts: tuple[str, ...]

    def rewritten(self, text: str) -> str:
        """The text with a mount's path at its beginning led to where the mount is."""
        return rewrite(text, self.mounts, self.folder)


def is_read_only(container: Object) -> bool:
    """Whether a container says that it does not write to its root."""
    return (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is True


def working_directory(container: Object, image: Object) -> str:
    """Where a container starts, a path in it, in which variables may be left."""
    return str(container.get("workingDir") or image.get("WorkingDir") or "/")


def prepare(
    container: Object,
    image: Object,
    root: Root,
    variables: Mapping[str, str],
    fixed: Mapping[str, str],
    programs: Path,
) -> Launch:
    """Put together a container's spec and its image's configuration.

    `variables` are the spec's, `fixed` win over everything, `programs` come first on PATH after
    the image's own.
    Raises StartError: no command, or one that is not there.
    """
    defaults = dict(entry.partition("=")[::2] for entry in image.get("Env") or [])
    merged = {**defaults, **variables}
    path = _path(merged.get("PATH") or _PATH, root.folder, programs)
    home = {"HOME": str(root.folder), "TMPDIR": str(root.folder / "tmp")}
    if is_read_only(container):
        # As where it can't: the root's folders are the image's.
        home["PYTHONDONTWRITEBYTECODE"] = "1"
    environment = home | {name: root.rewritten(value) for name, value in merged.items()}
    environment |= {**fixed, "PATH": path}
    directory = inside(root.folder, expand(working_directory(container, image), merged))
    directory.mkdir(parents=True, exist_ok=True)
    words = _words(container, image, merged)
    program = _find(words[0], root, directory, path)
    command = (program, *(root.rewritten(word) for word in words[1:]))
    return Launch(command, environment, directory, _stop_signal(container, image))


def _words(container: Object, image: Object, values: Mapping[str, str]) -> list[str]:
    command: Sequence[str] = container.get("command") or []
    arguments: Sequence[str] = container.get("args") or []
    if command:
        words = [*command, *arguments]
    else:
        words = [*(image.get("Entrypoint") or []), *(arguments or image.get("Cmd") or [])]
    if not words:
        msg = "no command specified"
        raise StartError(msg)
    return [expand(str(word), values) for word in words]


def _path(path: str, root: Path, programs: Path) -> str:
    """The image's own folders, then the node's programs, then the machine's."""
    folders = [folder for folder in path.split(":") if folder.startswith("/")]
    own = [str(place) for folder in folders if (place := inside(root, folder)).is_dir()]
    return ":".join([*own, str(programs), *folders])


def _find(program: str, root: Root, directory: Path, path: str) -> str:
    if program.startswith("/"):
        mounted = root.rewritten(program)
        places = [Path(mounted), inside(root.folder, program), Path(program)]
    elif "/" in program:
        places = [directory / program]
    else:
        places = [Path(folder) / program for folder in path.split(":")]
    for place in places:
        if place.is_file() and os.access(place, os.X_OK):
            return str(place)
    where = "no such file or directory" if "/" in program else "executable file not found in $PATH"
    msg = f'exec: "{program}": {where}'
    raise StartError(msg)


def _stop_signal(container: Object, image: Object) -> int:
    name = (container.get("lifecycle") or {}).get("stopSignal") or image.get("StopSignal") or ""
    if str(name).isdigit():
        return int(name)
    found = signal.Signals.__members__.get(str(name).upper())
    return int(found) if found else int(signal.SIGTERM)
