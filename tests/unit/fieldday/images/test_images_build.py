"""Building and naming images, with a registry that is a folder."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest

from fieldday.errors import Invalid, Permanent, Retryable
from fieldday.images import registry
from fieldday.images.build import Image, build
from fieldday.images.source import source_version

HOST = "127.0.0.1:5000"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "reference").mkdir(parents=True)
    (folder / "reference" / "__main__.py").write_text("print()\n")
    (folder / "requirements.txt").write_text("")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def test_built_again_it_is_the_same_image(crane: Path, source: Path, tmp_path: Path) -> None:
    first = build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")
    assert build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache") == first
    assert registry.digest_of(f"{HOST}/fieldday/api:1.0.0") == first.digest
    assert Image.from_dict(first.to_dict()) == first


def test_a_tag_never_changes(crane: Path, source: Path, tmp_path: Path) -> None:
    first = build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")
    (source / "reference" / "more.py").write_text("")
    with pytest.raises(Permanent, match=r"version: .*:1\.0\.0 exists .* give another version"):
        build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")
    assert registry.digest_of(f"{HOST}/fieldday/api:1.0.0") == first.digest


def test_an_image_says_what_it_was_built_from(crane: Path, source: Path, tmp_path: Path) -> None:
    build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")
    assert registry.source_of(f"{HOST}/fieldday/api:1.0.0") == source_version(source)
    with pytest.raises(Retryable, match="is unreachable"):
        registry.source_of(f"{HOST}/fieldday/api:2")


def test_only_the_planned_source_is_built(crane: Path, source: Path, tmp_path: Path) -> None:
    version = source_version(source)
    build(source, "api", "1.0.0", HOST, planned=version, cache=tmp_path / "cache")
    (source / "reference" / "__main__.py").write_text("print(1)\n")
    with pytest.raises(Permanent, match=rf"source: changed .*{version} then.* Release again"):
        build(source, "api", "1.0.1", HOST, planned=version, cache=tmp_path / "cache")
    assert registry.digest_of(f"{HOST}/fieldday/api:1.0.1") is None


def test_an_image_without_the_label_is_of_an_unknown_source(
    crane: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")
    at = f"{HOST}/fieldday/api:1.0.0"
    assert registry.origin(at, "src-1") == registry.Origin(image.digest, source_version(source))
    monkeypatch.setattr(registry, "SOURCE_LABEL", "not.there")
    assert registry.origin(at, "src-1") == registry.Origin(image.digest, "unknown")


def test_an_image_that_is_not_there_needs_a_source(crane: Path) -> None:
    assert registry.origin(f"{HOST}/fieldday/api:9", "src-1") == registry.Origin(None, "src-1")
    said = r"version: .*/fieldday/api:9 is not in the registry\. Push it there, or give the source"
    with pytest.raises(Invalid, match=said):
        registry.origin(f"{HOST}/fieldday/api:9", None)


def test_an_image_on_a_base(crane: Path, source: Path, tmp_path: Path) -> None:
    assert build(source, "api", "2", HOST, base="python:3.13", cache=tmp_path / "c").tag == "2"


@pytest.mark.parametrize("name", ["Dockerfile", "requirements.txt", "reference/__main__.py"])
def test_a_source_that_lacks_something(crane: Path, source: Path, name: str) -> None:
    (source / name).unlink()
    with pytest.raises(Invalid, match=rf"source: .* has no {name}"):
        build(source, "api", "1.0.0", HOST)
    assert list(crane.iterdir()) == []


def test_what_is_not_there_has_no_digest(crane: Path) -> None:
    assert registry.digest_of(f"{HOST}/fieldday/api:9") is None


def test_a_registry_that_is_down_is_asked_again(crane: Path, source: Path, tmp_path: Path) -> None:
    (crane / "broken").write_text("Error: dial tcp: connection refused")
    with pytest.raises(Retryable, match="connection refused"):
        registry.digest_of(f"{HOST}/fieldday/api:9")
    with pytest.raises(Retryable, match="Is it up"):
        build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")


def test_a_registry_that_refuses_us_is_not(crane: Path) -> None:
    (crane / "broken").write_text("Error: UNAUTHORIZED: authentication required")
    with pytest.raises(Permanent, match="Fix its credentials"):
        registry.digest_of(f"{HOST}/fieldday/api:9")


def test_a_tag_that_cannot_be_set(crane: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "digest_of", lambda _: None)
    (crane / "broken").write_text("Error: 500")
    with pytest.raises(Retryable, match="500"):
        registry.tag(f"{HOST}/fieldday/api", "sha256:0", "1")


def test_a_crane_that_gives_no_digest(crane: Path, source: Path, tmp_path: Path) -> None:
    (crane / "silent").touch()
    with pytest.raises(Permanent, match="returned no digest"):
        build(source, "api", "1.0.0", HOST, cache=tmp_path / "cache")


def test_a_service_in_another_language(
    crane: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True)
    (source / "bin" / "server").write_text("#!/bin/sh\n")
    (source / "bin" / "server").chmod(0o755)
    (source / "build.yaml").write_text(
        "files: [bin]\nentrypoint: [/app/bin/server, 'a,b']\nchecks: {test: ['true']}\n"
        "base: registry.example/static:1\n"
    )
    pushed = create_autospec(registry.push, return_value="sha256:0")
    monkeypatch.setattr(registry, "push", pushed)
    build(source, "api", "1.0.0", HOST, base="python:3.13", cache=tmp_path / "cache")
    repository, layers, config, base = pushed.call_args.args
    assert (repository, base) == (f"{HOST}/fieldday/api", "registry.example/static:1")
    assert [layer.name for layer in layers] == ["code.tar"]
    assert config[config.index("--entrypoint") + 1] == '/app/bin/server,"a,b"'
    assert "--env" not in config
