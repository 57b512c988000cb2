"""Images with a crane that answers from a folder and notes what it was asked."""

from __future__ import annotations

import asyncio
import sys
import tarfile
from pathlib import Path

import pytest

from sandbox.node.images import Images, NeverPulledError, PullError
from sandbox.node.references import InvalidImageNameError
from sandbox.node.settings import Settings

DIGEST = "sha256:" + "a" * 64
NAME = "mirror.example/team/api:1"

_CRANE = """\
#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/asked"
test -e "$here/broken" && { echo "noise" >&2; echo "Error: MANIFEST_UNKNOWN: no" >&2; exit 1; }
case "$1" in
digest) cat "$here/digest" ;;
config) echo '{"config": {"WorkingDir": "/app", "Entrypoint": ["python"]}}' ;;
export) cp "$here/image.tar" "$3" ;;
esac
"""


class Registry:
    """What the registry has, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "app").mkdir(parents=True)
        (folder / "app/main.py").write_text("print(1)\n")
        (folder / "app/broken.py").write_text("this is no Python\n")
        with tarfile.open(folder / "image.tar", "w") as archive:
            archive.add(folder / "app", "app")
        (folder / "digest").write_text(f"{DIGEST}\n")
        (folder / "crane").write_text(_CRANE)
        (folder / "crane").chmod(0o755)

    @property
    def asked(self) -> list[str]:
        path = self.folder / "asked"
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def settings(tmp_path: Path, registry: Registry) -> Settings:
    unused = tmp_path / "unused"
    return Settings(
        kubeconfig=unused,
        state=tmp_path / "state",
        block="18.7",
        tls_cert=unused,
        tls_key=unused,
        client_ca=unused,
        client_names=(),
        registry="127.0.0.1:5000",
        mirror="mirror.example",
        python=Path(sys.executable),
        crane=str(registry.folder / "crane"),
        image_cache=1,
    )


def nothing() -> None:
    """Nobody wants to know that a pull begins."""


async def test_an_image_is_pulled_once_and_unpacked(settings: Settings, registry: Registry) -> None:
    images = Images(settings)
    (first, seconds), (second, none) = await asyncio.gather(
        images.get(NAME, "IfNotPresent", nothing), images.get(NAME, "IfNotPresent", nothing)
    )
    assert [seconds is None, none is None].count(True) == 1
    assert first.identity == second.identity == f"mirror.example/team/api@{DIGEST}"
    assert first.config["WorkingDir"] == "/app"
    assert (first.rootfs / "app/main.py").read_text() == "print(1)\n"
    assert registry.asked.count("export") == 1
    text = (registry.folder / "asked").read_text()
    assert f"export 127.0.0.1:5000/team/api@{DIGEST}" in text


async def test_its_python_is_compiled_with_the_containers_paths(settings: Settings) -> None:
    image, _ = await Images(settings).get(NAME, "IfNotPresent", nothing)
    (compiled,) = (image.rootfs / "app/__pycache__").iterdir()
    assert compiled.name.startswith("main.")
    assert b"/app/main.py" in compiled.read_bytes()


@pytest.mark.parametrize("changed", [False, True])
async def test_what_was_compiled_is_used_again_unless_a_pod_has_changed_it(
    settings: Settings, changed: bool
) -> None:
    images = Images(settings)
    first, _ = await images.get(NAME, "IfNotPresent", nothing)
    (compiled,) = (first.rootfs / "app/__pycache__").iterdir()
    if changed:
        compiled.write_bytes(compiled.read_bytes() + b"something else")
    other = f"mirror.example/team/api@sha256:{'b' * 64}"
    second, _ = await images.get(other, "IfNotPresent", nothing)
    (found,) = (second.rootfs / "app/__pycache__").iterdir()
    assert found.samefile(compiled) != changed
    assert not found.read_bytes().endswith(b"something else")


async def test_policies(settings: Settings, registry: Registry) -> None:
    images = Images(settings)
    with pytest.raises(NeverPulledError):
        await images.get(NAME, "Never", nothing)
    assert registry.asked == []
    await images.get(NAME, "Always", nothing)
    asked = len(registry.asked)
    await images.get(NAME, "IfNotPresent", nothing)
    await images.get(NAME, "Never", nothing)
    assert len(registry.asked) == asked
    await images.get(NAME, "Always", nothing)
    assert registry.asked[asked:] == ["digest"]


async def test_a_digest_is_not_asked_for_again(settings: Settings, registry: Registry) -> None:
    await Images(settings).get(f"{NAME}@{DIGEST}", "Always", nothing)
    assert "digest" not in registry.asked


async def test_it_is_there_after_a_restart(settings: Settings, registry: Registry) -> None:
    await Images(settings).get(NAME, "IfNotPresent", nothing)
    asked = len(registry.asked)
    _, seconds = await Images(settings).get(NAME, "IfNotPresent", nothing)
    assert seconds is None
    assert len(registry.asked) == asked


async def test_an_image_that_a_pod_has_changed_is_unpacked_again(settings: Settings) -> None:
    images = Images(settings)
    image, _ = await images.get(NAME, "IfNotPresent", nothing)
    with (image.rootfs / "app/main.py").open("a") as file:
        file.write("print(2)\n")
    again, seconds = await images.get(NAME, "IfNotPresent", nothing)
    assert seconds is not None
    assert (again.rootfs / "app/main.py").read_text() == "print(1)\n"


async def test_what_the_registry_says_is_passed_on(settings: Settings, registry: Registry) -> None:
    (registry.folder / "broken").touch()
    with pytest.raises(PullError, match=r"^MANIFEST_UNKNOWN: no$"):
        await Images(settings).get(NAME, "IfNotPresent", nothing)
    with pytest.raises(InvalidImageNameError):
        await Images(settings).get("A:b:c", "IfNotPresent", nothing)


async def test_a_failed_pull_leaves_nothing(settings: Settings, registry: Registry) -> None:
    (registry.folder / "image.tar").write_bytes(b"no archive")
    with pytest.raises(PullError, match=f"unpacking {DIGEST}"):
        await Images(settings).get(NAME, "IfNotPresent", nothing)
    assert [path.name for path in settings.images.iterdir()] == ["tags.json"]


async def test_unused_images_are_removed_but_for_the_latest(
    settings: Settings, registry: Registry
) -> None:
    images = Images(settings)
    digests = [f"sha256:{letter * 64}" for letter in "bcd"]
    for digest in digests:
        await images.get(f"mirror.example/team/api@{digest}", "IfNotPresent", nothing)
    assert images.collect({digests[0]}) == [digests[1].replace(":", "-")]
    assert images.collect({digests[0]}) == []
