"""What differs between one place to run and another, read from the environment once.

Reading is cheap and opens nothing, since DAG files do it each time they are parsed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldday.errors import Invalid, quoted

CHECKOUT = Path(__file__).resolve().parents[2]
_MAX_GATE_SECONDS = 3600
_MIN_GATE_SECONDS = 5


@dataclass(frozen=True)
class Settings:
    """Everything that a pipeline takes from its environment; secrets are in connections."""

    checkout: Path
    """FIELDDAY_CHECKOUT: where `helm/`, `services/` and `tests/e2e` are. Default: this checkout."""
    source_roots: tuple[Path, ...]
    """FIELDDAY_SOURCE_ROOTS: folders, separated by ':', below which a release may take its
    source, besides the checkout. Default: none."""
    domain: str
    """FIELDDAY_DOMAIN: the edge offers `<service>.<domain>` and `<service>.staging.<domain>`.
    Default: fieldday.example."""
    helm_overlays: tuple[str, ...]
    """FIELDDAY_HELM_OVERLAYS: names, separated by ',': `sandbox` puts the chart's
    `values-sandbox.yaml` on top of the environment's values. Default: none."""
    image_base: str | None
    """FIELDDAY_IMAGE_BASE: the image that services are built on, with Python in it. Default:
    none, for nodes that bring Python."""
    gate_seconds: int
    """FIELDDAY_GATE_SECONDS: how long each step of a rollout is judged unless the request says
    otherwise. Default: 60."""
    reports_bucket: str
    """FIELDDAY_REPORTS_BUCKET: where evidence goes. Default: fieldday-reports."""
    reports_dir: Path | None
    """FIELDDAY_REPORTS_DIR: a folder for a second copy of each report. Default: none."""
    airflow_url: str
    """FIELDDAY_AIRFLOW_URL: where people open Airflow, for links. Default: none."""
    approvers: tuple[str, ...]
    """FIELDDAY_APPROVERS: the user names that may approve, separated by ','. Default: whoever
    may answer in Airflow."""
    separate_approver: bool
    """FIELDDAY_SEPARATE_APPROVER: whether an approver has to be another person than the
    requester: `true` or `false`. A run that nobody requested by name can't be approved then.
    Default: false."""
    terraform_root: Path
    """FIELDDAY_TERRAFORM_ROOT: the root module that `provision` applies, below the checkout; its
    `environments/<environment>.tfvars` say what each environment is. Default: terraform."""
    terraform_work: Path
    """FIELDDAY_TERRAFORM_WORK: a folder of the worker's own for what Terraform needs while it
    runs, and for a state that could not be stored. Default: fieldday-terraform in the
    system's folder for temporary files."""
    state_bucket: str
    """FIELDDAY_STATE_BUCKET: where Terraform's states, plans and locks are. Default:
    fieldday-terraform-state."""
    state_kms_key: str | None
    """FIELDDAY_STATE_KMS_KEY: the key that encrypts plans there. Default: the bucket's own."""
    alerts_topic: str | None
    """FIELDDAY_ALERTS_TOPIC: the SNS topic that is told of drift, as ARN. Default: none."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises `Invalid` with the variable's name."""
        env = os.environ if environment is None else environment
        checkout = Path(env.get("FIELDDAY_CHECKOUT") or CHECKOUT)
        return cls(
            checkout=checkout,
            source_roots=tuple(map(Path, _list(env, "FIELDDAY_SOURCE_ROOTS", os.pathsep))),
            domain=env.get("FIELDDAY_DOMAIN") or "fieldday.example",
            helm_overlays=_list(env, "FIELDDAY_HELM_OVERLAYS", ","),
            image_base=env.get("FIELDDAY_IMAGE_BASE") or None,
            gate_seconds=_gate_seconds(env),
            reports_bucket=env.get("FIELDDAY_REPORTS_BUCKET") or "fieldday-reports",
            reports_dir=Path(folder) if (folder := env.get("FIELDDAY_REPORTS_DIR")) else None,
            airflow_url=(env.get("FIELDDAY_AIRFLOW_URL") or "").rstrip("/"),
            approvers=_list(env, "FIELDDAY_APPROVERS", ","),
            separate_approver=_flag(env, "FIELDDAY_SEPARATE_APPROVER"),
            terraform_root=checkout / (env.get("FIELDDAY_TERRAFORM_ROOT") or "terraform"),
            terraform_work=Path(
                env.get("FIELDDAY_TERRAFORM_WORK")
                or Path(tempfile.gettempdir(), "fieldday-terraform")
            ),
            state_bucket=env.get("FIELDDAY_STATE_BUCKET") or "fieldday-terraform-state",
            state_kms_key=env.get("FIELDDAY_STATE_KMS_KEY") or None,
            alerts_topic=env.get("FIELDDAY_ALERTS_TOPIC") or None,
        )


def _list(env: Mapping[str, str], name: str, separator: str) -> tuple[str, ...]:
    return tuple(part for word in env.get(name, "").split(separator) if (part := word.strip()))


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = (env.get(name) or "false").strip().lower()
    if text not in ("true", "false"):
        raise Invalid(name, f"is {quoted(text)}", "Use true or false.")
    return text == "true"


def _gate_seconds(env: Mapping[str, str]) -> int:
    text = env.get("FIELDDAY_GATE_SECONDS") or "60"
    if text.isascii() and text.isdigit() and _in_range(text):
        return int(text)
    raise Invalid(
        "FIELDDAY_GATE_SECONDS",
        f"is {quoted(text)}",
        f"Use whole seconds, {_MIN_GATE_SECONDS} to {_MAX_GATE_SECONDS}.",
    )


def _in_range(text: str) -> bool:
    return len(text) <= 4 and _MIN_GATE_SECONDS <= int(text) <= _MAX_GATE_SECONDS
