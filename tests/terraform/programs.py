"""The programs that the proof runs: found on PATH, or built once and kept."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from sandbox.layout import layout_from_environment
from sandbox.steps import Cancellation
from sandbox.toolchain.install import TOFU_PACKAGE, Tool, built, install, tools
from sandbox.toolchain.terraform import PROVIDER

SCHEMA_PROVIDER = built("schema-provider")
TOFU = built("tofu", TOFU_PACKAGE)
# The real one that the sandbox has, of the version that terraform/local is written for.
(SANDBOX_PROVIDER,) = (tool for tool in tools() if PROVIDER in tool.files)
TFLINT = built("tflint", "github.com/terraform-linters/tflint")


def terraform() -> Path:
    """What `TF_PROGRAM` names, else terraform or tofu from PATH, else OpenTofu, built.

    Raises LookupError: `TF_PROGRAM` names nothing that is there. Raises SandboxError: nothing is
    there, and OpenTofu cannot be built.
    """
    chosen = os.environ.get("TF_PROGRAM", "")
    if chosen and (found := shutil.which(chosen)):
        return Path(found)
    if chosen and chosen != "tofu":
        msg = f"TF_PROGRAM: {chosen} is not there. Name terraform, tofu, or a program's path."
        raise LookupError(msg)
    if not chosen:
        for name in ("terraform", "tofu"):
            if found := shutil.which(name):
                return Path(found)
    return get(TOFU)


def is_opentofu(program: Path) -> bool:
    """Whether this is OpenTofu, by its name."""
    return "tofu" in program.name


def get(tool: Tool) -> Path:
    """A program of this project's own, built when it is not there yet.

    Raises SandboxError: it cannot be built.
    """
    layout = layout_from_environment()

    def say(text: str) -> None:
        if text and sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{tool.name}: {text}")

    install(layout, tool, say, Cancellation())
    return layout.bin / tool.files[0]
