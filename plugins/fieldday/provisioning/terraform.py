"""Terraform, as it is called here. OpenTofu under that name does as well."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldday.errors import FieldDayError, Permanent, quoted
from fieldday.processes import Completed, run, run_detached
from fieldday.provisioning.diagnostics import Diagnostic, error_of, errors_in, trimmed_start
from fieldday.provisioning.root_module import default_state_key

_INIT_SECONDS = 300
_PLAN_SECONDS = 900
_READ_SECONDS = 120
# What a provider began, such as a database, is waited for: it would be lost otherwise.
_GRACE_SECONDS = 900
# Another one that plans is soon done.
_LOCK_SECONDS = 15
_SETTINGS = {
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "CHECKPOINT_DISABLE": "1",
    # At its levels all requests are written out, with the secrets in them.
    "TF_LOG": "",
    "TF_WORKSPACE": "",
    "TF_DATA_DIR": "",
    "TF_CLI_ARGS": "",
}


@dataclass(frozen=True)
class Terraform:
    """Terraform in one working folder, on one environment's state."""

    folder: Path
    environment: str
    bucket: str
    """The state bucket."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Credentials for AWS."""
    state_key: str = ""
    """Of the state in the bucket; '': `<environment>/terraform.tfstate`."""

    def init(self, *, backend: bool = True) -> None:
        """Get the providers, and connect to the state unless `backend` is false."""
        argv = ["init", "-no-color", "-input=false"]
        if backend:
            key = self.state_key or default_state_key(self.environment)
            argv += [f"-backend-config=bucket={self.bucket}", f"-backend-config=key={key}"]
            argv += ["-reconfigure"]
        else:
            argv += ["-backend=false"]
        done = self._run(argv, _INIT_SECONDS)
        if done.code:
            raise error_of(f"{self.environment}: terraform init", (), done.stderr or done.stdout)

    def unformatted(self) -> list[str]:
        """The files that `terraform fmt` would change."""
        done = self._run(["fmt", "-check", "-recursive", "-list=true", "-no-color"], _READ_SECONDS)
        if done.code not in (0, 3):
            raise error_of("terraform fmt", (), done.stderr or done.stdout)
        return done.stdout.split()

    def validate(self) -> list[Diagnostic]:
        """What is wrong with the configuration."""
        done = self._run(["validate", "-json"], _READ_SECONDS)
        found = self._json(done).get("diagnostics", ())
        return [Diagnostic.of(entry) for entry in found if entry["severity"] == "error"]

    def plan(
        self,
        var_file: Path,
        out: Path,
        *,
        modules: Sequence[str] = (),
        destroy: bool = False,
        refresh_only: bool = False,
    ) -> None:
        """Plan to a file."""
        argv = ["plan", "-json", "-input=false", f"-lock-timeout={_LOCK_SECONDS}s"]
        argv += [f"-var-file={var_file}", f"-out={out}"]
        argv += [f"-target=module.{name}" for name in modules]
        argv += ["-destroy"] if destroy else []
        argv += ["-refresh-only"] if refresh_only else []
        done = self._run(argv, _PLAN_SECONDS)
        if done.code:
            raise self._error(done)
        out.chmod(0o600)

    def show(self, path: Path | None = None) -> dict[str, Any]:
        """A plan file, or the state, as JSON. It holds secrets: keep it in memory."""
        argv = ["show", "-json", "-no-color"] + ([str(path)] if path else [])
        return self._json(self._run(argv, _READ_SECONDS))

    def apply(
        self, path: Path, output: Path, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Apply a plan file and nothing else; it continues when this process dies.

        Returns also when it failed: `output` says how far it came.
        """
        return run_detached(
            ["terraform", "apply", "-json", "-input=false", str(path)],
            output=output,
            on_line=on_line,
            timeout=timeout,
            grace=_GRACE_SECONDS,
            env={**self.env, **_SETTINGS},
            cwd=self.folder,
        )

    def outputs(self) -> dict[str, Any]:
        """The outputs, without those that are sensitive."""
        found = self._json(self._run(["output", "-json", "-no-color"], _READ_SECONDS))
        return {name: output["value"] for name, output in found.items() if not output["sensitive"]}

    def push_state(self, path: Path) -> None:
        """Store a state that is newer than the one in the bucket; refused otherwise."""
        argv = ["state", "push", f"-lock-timeout={_LOCK_SECONDS}s", str(path)]
        done = self._run(argv, _READ_SECONDS)
        if done.code:
            raise error_of(self.environment, (), done.stderr or done.stdout)

    def schemas(self) -> dict[str, Any]:
        """By type of resource: its attributes as the provider describes them."""
        found = self._json(self._run(["providers", "schema", "-json"], _READ_SECONDS))
        return {
            kind: schema["block"].get("attributes", {})
            for provider in found.get("provider_schemas", {}).values()
            for kind, schema in provider.get("resource_schemas", {}).items()
        }

    def _run(self, argv: Sequence[str], timeout: float) -> Completed:
        return run(
            ["terraform", *argv],
            timeout=timeout,
            env={**self.env, **_SETTINGS},
            cwd=self.folder,
            check=False,
        )

    def _error(self, done: Completed) -> FieldDayError:
        return error_of(self.environment, errors_in(done.stdout), done.stderr)

    def _json(self, done: Completed) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(done.stdout)
        except ValueError as e:
            if done.code:
                raise error_of(self.environment, (), done.stderr) from e
            msg = f"terraform: returns no JSON ({quoted(done.stdout, 100)}). Is it 1.11 or newer?"
            raise Permanent(msg) from e
        return found


def check_configuration(terraform: Terraform, name: str) -> dict[str, Any]:
    """Format and validity of a root's files. Raises `Permanent`: they have to be fixed."""
    if files := terraform.unformatted():
        shown = trimmed_start(", ".join(files), 200)
        msg = f"{name}: is not formatted: {shown}. Run 'terraform fmt -recursive'."
        raise Permanent(msg)
    terraform.init(backend=False)
    if wrong := terraform.validate():
        raise error_of(name, wrong)
    return {"format": "clean", "validate": "valid"}
