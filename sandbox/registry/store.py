"""Blobs, manifests and tags on disk, each durable before the write is acknowledged.

    DIR/blobs/sha256/<hex>                   content, shared by all repositories
    DIR/uploads/<id>                         pushes in progress; emptied at the start
    DIR/repositories/<name>/_manifests/<hex> the manifest's media type; its content is a blob
    DIR/repositories/<name>/_tags/<tag>      the digest that the tag names

A name's parts never start with an underscore, so folders of ours never meet a repository's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests
NAME = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
TAG = r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"

_TAG = re.compile(TAG)
_DIGEST = re.compile(DIGEST)


class RegistryError(Exception):
    """A refusal, with the status and error code of the distribution API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Manifest:
    """A manifest as it was pushed, byte for byte."""

    digest: str
    media_type: str
    content: bytes


def _sync_folder(path: Path) -> None:
    """Make the names in this folder survive a power loss."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(path: Path) -> None:
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(exist_ok=True)
    _sync_folder(path.parent)


class Store:
    """The registry's content. Its methods block on the disk: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uploads = root / "uploads"
        self._blobs = root / "blobs" / "sha256"
        self._repositories = root / "repositories"
        shutil.rmtree(self.uploads, ignore_errors=True)
        for folder in (self.uploads, self._blobs, self._repositories):
            _make_folder(folder)

    # -- blobs ---------------------------------------------------------------------------------

    def blob(self, digest: str) -> Path:
        """The file with this content.

        Raises RegistryError: the digest is not one, or nothing has it.
        """
        if not _DIGEST.fullmatch(digest):
            raise RegistryError(400, "DIGEST_INVALID", f"'{digest}' is not a sha256 digest")
        path = self._blobs / digest.removeprefix("sha256:")
        if not path.is_file():
            raise RegistryError(404, "BLOB_UNKNOWN", f"no content has the digest {digest}")
        return path

    def start_upload(self) -> str:
        """Begin a push of a blob; returns its id."""
        upload = secrets.token_hex(16)
        (self.uploads / upload).touch()
        return upload

    def upload(self, upload: str) -> Path:
        """The file that this push writes to.

        Raises RegistryError: there is no such push (any more).
        """
        path = self.uploads / upload
        if not re.fullmatch(r"[0-9a-f]{32}", upload) or not path.is_file():
            raise RegistryError(404, "BLOB_UPLOAD_UNKNOWN", f"no push has the id '{upload}'")
        return path

    def finish_upload(self, upload: str, digest: str) -> None:
        """Keep what was pushed, if it is what the digest says.

        Raises RegistryError: it is something else.
        """
        path = self.upload(upload)
        if not _DIGEST.fullmatch(digest):
            raise RegistryError(400, "DIGEST_INVALID", f"'{digest}' is not a sha256 digest")
        with path.open("rb") as content:
            found = "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
            if found != digest:
                path.unlink()
                raise RegistryError(400, "DIGEST_INVALID", f"the content has {found}")
            os.fsync(content.fileno())
        path.replace(self._blobs / digest.removeprefix("sha256:"))
        _sync_folder(self._blobs)

    # -- manifests and tags --------------------------------------------------------------------

    def put_manifest(self, name: str, reference: str, media_type: str, content: bytes) -> str:
        """Keep a manifest under its digest and, if the reference is one, a tag. Returns its digest.

        Raises RegistryError: it is not a manifest, names content that was not pushed, or is
        pushed by a digest that is not its own.
        """
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        by_tag = _TAG.fullmatch(reference) is not None
        if not by_tag and reference != digest:
            raise RegistryError(400, "DIGEST_INVALID", f"the manifest has {digest}")
        for needed in _references(content):
            try:
                self.blob(needed)
            except RegistryError as error:
                raise RegistryError(400, "MANIFEST_BLOB_UNKNOWN", str(error)) from error
        hex_digest = digest.removeprefix("sha256:")
        self._write(self._blobs / hex_digest, content)
        # The tag is last: whoever sees it can pull all that it names.
        self._write(self._folder(name) / "_manifests" / hex_digest, media_type.encode())
        if by_tag:
            self._write(self._folder(name) / "_tags" / reference, digest.encode())
        return digest

    def manifest(self, name: str, reference: str) -> Manifest:
        """The manifest that a tag or a digest names.

        Raises RegistryError: there is none.
        """
        unknown = RegistryError(404, "MANIFEST_UNKNOWN", f"{name} has no '{reference}'")
        digest = reference
        try:
            if _TAG.fullmatch(reference):
                digest = (self._folder(name) / "_tags" / reference).read_text()
            if not _DIGEST.fullmatch(digest):
                raise unknown
            hex_digest = digest.removeprefix("sha256:")
            media_type = (self._folder(name) / "_manifests" / hex_digest).read_text()
            return Manifest(digest, media_type, (self._blobs / hex_digest).read_bytes())
        except FileNotFoundError as error:
            raise unknown from error

    def delete_manifest(self, name: str, reference: str) -> None:
        """Remove a tag, or a manifest with all its tags. Content stays: others may share it.

        Raises RegistryError: there is none.
        """
        digest = self.manifest(name, reference).digest
        tags = self._folder(name) / "_tags"
        if _TAG.fullmatch(reference):
            (tags / reference).unlink()
        else:
            for tag in self.tags(name):
                if (tags / tag).read_text() == digest:
                    (tags / tag).unlink()
            (self._folder(name) / "_manifests" / digest.removeprefix("sha256:")).unlink()
        if tags.is_dir():
            _sync_folder(tags)

    def tags(self, name: str) -> list[str]:
        """The tags of a repository, in order.

        Raises RegistryError: there is no such repository.
        """
        if not (self._folder(name) / "_manifests").is_dir():
            raise RegistryError(404, "NAME_UNKNOWN", f"there is no repository '{name}'")
        tags = self._folder(name) / "_tags"
        # A name with a "~" is a file that was being written when the registry was killed.
        return sorted(p.name for p in tags.glob("*") if "~" not in p.name)

    def repositories(self) -> list[str]:
        """The names of all repositories, in order."""
        found = self._repositories.rglob("_manifests")
        return sorted(p.parent.relative_to(self._repositories).as_posix() for p in found)

    def _folder(self, name: str) -> Path:
        if not re.fullmatch(NAME, name):
            raise RegistryError(400, "NAME_INVALID", f"'{name}' is not a repository's name")
        return self._repositories / name

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all."""
        _make_folder(path.parent)
        half = path.with_name(f"{path.name}~{secrets.token_hex(4)}")
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        _sync_folder(path.parent)


def _references(content: bytes) -> list[str]:
    """The digests that must exist for a manifest: its config and layers, or its manifests.

    Raises RegistryError: it is not a manifest.
    """
    invalid = RegistryError(400, "MANIFEST_INVALID", "it is not an image manifest or an index")
    try:
        document: Any = json.loads(content)
        parts = [*document.get("layers", ()), *document.get("manifests", ())]
        if "config" in document:
            parts.append(document["config"])
        # A layer with URLs of its own ("foreign") is not pushed.
        return [str(part["digest"]) for part in parts if not part.get("urls")]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise invalid from error
