"""What is checked of a root before it is planned: format, validity, security."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from fieldday.errors import Permanent
from fieldday.provisioning.root_module import Root
from fieldday.provisioning.scan import Scan, scan
from fieldday.provisioning.terraform import Terraform, check_configuration
from fieldday.provisioning.workspace import Workspace
from fieldday.settings import Settings


def check_root(settings: Settings, environment: str) -> dict[str, Any]:
    """Format and validity, in a copy that is removed. Raises `Permanent` with what is wrong."""
    with tempfile.TemporaryDirectory(prefix="fieldday-check-") as folder:
        workspace = Workspace(Path(folder) / "check")
        workspace.prepare(settings.terraform.root)
        terraform = Terraform(workspace.root, environment, settings.terraform.state_bucket)
        return check_configuration(terraform, name_of(settings))


def scan_root(settings: Settings, environment: str) -> Scan:
    """The security scan with the environment's values. Raises `Permanent`: it has findings."""
    root = Root(settings.terraform.root)
    found = scan(root.folder, root.var_file(environment))
    if found.status == "findings":
        msg = (
            f"{name_of(settings)}: the security scan has findings: {found.detail}. Fix them, or "
            "skip each with '#checkov:skip=<check>:<reason>' beside its line."
        )
        raise Permanent(msg)
    return found


def name_of(settings: Settings) -> str:
    """The root as a person knows it: its path in the checkout, where it is there."""
    root = settings.terraform.root
    inside = root.is_relative_to(settings.checkout)
    return str(root.relative_to(settings.checkout)) if inside else str(root)
