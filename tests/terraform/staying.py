"""Providers that stay while Terraform runs again and again, which otherwise starts them each time.

To start one, with certificates for both sides, takes as much of a processor as a test of a module.
https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.toolchain.terraform import REGISTRIES
from tests.terraform.mirror import SCHEMA
from tests.terraform.running import TerraformError

VARIABLE = "TF_REATTACH_PROVIDERS"
_END_SECONDS = 10
_QUIET = {"TF_LOG": "off", "TF_LOG_SDK": "off", "TF_LOG_SDK_PROTO": "off"}


@contextlib.contextmanager
def staying(mirror: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variable by which Terraform attaches to a mirror's schema-only providers.

    They run in this block, in the environment that Terraform would start them in. Without any in
    the mirror it is empty: Terraform starts what is there.
    Raises TerraformError: one did not start.
    """
    attached: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        for schema in mirror.glob(f"{REGISTRIES[0]}/*/*/*/*/{SCHEMA}"):
            name = "/".join(schema.relative_to(mirror).parts[1:3])
            (program,) = schema.parent.glob("terraform-provider-*")
            started = _started(program, f"{REGISTRIES[0]}/{name}", environment)
            config = stack.enter_context(started)
            attached |= {f"{registry}/{name}": config for registry in REGISTRIES}
        yield {VARIABLE: json.dumps(attached)} if attached else {}


@contextlib.contextmanager
def _started(program: Path, address: str, environment: Mapping[str, str]) -> Iterator[Any]:
    """How to attach to a provider, which runs in this block."""
    with subprocess.Popen(
        (str(program), "-debug", address),
        env={**environment, **_QUIET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            prefix = f"\t{VARIABLE}='"
            # It gives up by itself when it can't start.
            said = next((line for line in process.stdout if line.startswith(prefix)), None)
            if said is None:
                msg = f"{address}: its schema-only provider does not start. Build the mirror anew."
                raise TerraformError(msg)
            yield json.loads(said.strip().removeprefix(prefix.strip()).removesuffix("'"))[address]
        finally:
            process.stdin.close()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
