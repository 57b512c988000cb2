"""The registry is killed: what was pushed is there, and what was half pushed is not."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.parts import registry
from sandbox.parts.context import Context
from sandbox.supervisor import Supervisor
from tests.patience import PATIENCE

pytestmark = pytest.mark.sandbox

Eventually = Callable[..., None]


class Registry:
    """The sandbox's registry, a repository of this test's own, and crane."""

    def __init__(self, sandbox: Context, eventually: Eventually) -> None:
        self.blobs = sandbox.layout.data / registry.NAME / "blobs" / "sha256"
        self.uploads = sandbox.layout.data / registry.NAME / "uploads"
        self.name = f"fieldday/registry-{secrets.token_hex(4)}"
        self.reference = f"127.0.0.1:{sandbox.ports[registry.NAME]}/{self.name}"
        self.client = httpx.Client(base_url=sandbox.ports.url(registry.NAME), trust_env=False)
        self._crane = str(sandbox.layout.bin / "crane")
        self._supervisor = Supervisor(sandbox.layout, sandbox.python)
        self._part = registry.part(sandbox)
        self._eventually = eventually

    def crane(self, *arguments: str) -> str:
        """What crane says."""
        command = (self._crane, *arguments)
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=30 * PATIENCE
        ).stdout.strip()

    def push(self, folder: Path, tag: str) -> str:
        """Push an image of one file; gives its digest."""
        (folder / "file").write_bytes(secrets.token_bytes(100_000))
        archive = folder / "layer.tar"
        subprocess.run(
            ("tar", "-C", folder, "-cf", archive, "file"), check=True, timeout=20 * PATIENCE
        )
        to = f"{self.reference}:{tag}"
        self.crane("append", "--new_layer", str(archive), "--new_tag", to)
        return self.crane("digest", to)

    def pull(self, reference: str, folder: Path) -> bytes:
        """The image's file, as it is pulled; crane compares every digest."""
        folder.mkdir()
        archive = folder / "pulled.tar"
        self.crane("export", reference, str(archive))
        subprocess.run(("tar", "-C", folder, "-xf", archive), check=True, timeout=20 * PATIENCE)
        return (folder / "file").read_bytes()

    def kill(self) -> None:
        """kill -9; it is there again afterwards."""
        before = self._supervisor.processes()[registry.NAME].pid
        os.kill(before, signal.SIGKILL)
        self._eventually(lambda: self._supervisor.processes()[registry.NAME].pid not in (0, before))
        self._eventually(self._part.ready)


@pytest.fixture
def images(sandbox: Context, eventually: Eventually) -> Iterator[Registry]:
    found = Registry(sandbox, eventually)
    yield found
    found.client.close()


def test_tags_and_images_outlive_a_kill(images: Registry, tmp_path: Path) -> None:
    digest = images.push(tmp_path, "1.0.0")
    images.kill()
    assert images.crane("digest", f"{images.reference}:1.0.0") == digest
    assert images.crane("ls", images.reference) == "1.0.0"
    content = (tmp_path / "file").read_bytes()
    assert images.pull(f"{images.reference}@{digest}", tmp_path / "by digest") == content
    assert images.pull(f"{images.reference}:1.0.0", tmp_path / "by tag") == content


def test_a_tag_that_was_moved_stays_where_it_was_moved_to(images: Registry, tmp_path: Path) -> None:
    old = images.push(tmp_path, "latest")
    new = images.push(tmp_path, "latest")
    images.kill()
    assert images.crane("digest", f"{images.reference}:latest") == new != old
    # The old one has no tag any more, and can be rolled back to.
    images.crane("manifest", f"{images.reference}@{old}")


def test_an_upload_that_was_cut_off_leaves_nothing(
    images: Registry, eventually: Eventually
) -> None:
    content = secrets.token_bytes(4 << 20)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    start = f"/v2/{images.name}/blobs/uploads/"
    at = images.client.post(start).headers["Location"]
    half = threading.Event()
    cut = threading.Event()

    def body() -> Iterator[bytes]:
        yield content[: len(content) // 2]
        half.set()
        cut.wait(30 * PATIENCE)
        yield content[len(content) // 2 :]

    met: list[Exception] = []

    def upload() -> None:
        try:
            httpx.put(
                images.client.base_url.join(at),
                params={"digest": digest},
                content=body(),
                trust_env=False,
            )
        except httpx.TransportError as error:
            met.append(error)

    thread = threading.Thread(target=upload)
    thread.start()
    assert half.wait(10 * PATIENCE)
    eventually(lambda: any(path.stat().st_size for path in images.uploads.iterdir()))
    images.kill()
    cut.set()
    thread.join(10 * PATIENCE)
    assert met, "the client is told"

    blob = f"/v2/{images.name}/blobs/{digest}"
    assert images.client.get(blob).status_code == 404
    assert images.client.get(at).status_code == 404
    assert list(images.uploads.iterdir()) == []
    whole = [p for p in images.blobs.iterdir() if "~" not in p.name]
    assert all(hashlib.sha256(p.read_bytes()).hexdigest() == p.name for p in whole)

    # The client begins anew, as clients do.
    at = images.client.post(start).headers["Location"]
    pushed = images.client.put(at, params={"digest": digest}, content=content)
    assert pushed.status_code == 201
    assert images.client.get(blob).content == content
