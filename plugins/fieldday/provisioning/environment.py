"""One environment as one run sees it: where its configuration, its state and its workspace are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from fieldday.provisioning.root_module import Root
from fieldday.provisioning.store import Store
from fieldday.provisioning.terraform import Terraform
from fieldday.provisioning.workspace import Workspace
from fieldday.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Environment:
    """Everything that is needed to plan and apply."""

    name: str
    root: Root
    store: Store
    workspace: Workspace
    terraform: Terraform
    work: Path
    """Where the workspaces of all runs are."""

    @classmethod
    def of(
        cls, settings: Settings, name: str, run: str, s3: S3Client, env: Mapping[str, str]
    ) -> Self:
        """The environment for a run; `env` has the credentials for AWS."""
        workspace = Workspace.of(settings.terraform.work, name, run)
        root = Root(settings.terraform.root)
        bucket, key = settings.terraform.state_bucket, root.state_key(name)
        return cls(
            name=name,
            root=root,
            store=Store(s3, bucket, name, settings.terraform.state_kms_key, key),
            workspace=workspace,
            terraform=Terraform(workspace.root, name, bucket, env, key),
            work=settings.terraform.work,
        )

    def prepare(self) -> Path:
        """Copy the root, connect it to the state, and return the environment's var-file."""
        self.root.check()
        var_file = self.root.var_file(self.name)
        self.workspace.prepare(self.root.folder)
        self.terraform.init()
        return self.workspace.root / "environments" / var_file.name
