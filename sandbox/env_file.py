"""`.sandbox/env`: what a shell sources to work with the sandbox."""

from __future__ import annotations

import shlex
from pathlib import Path

from sandbox.files import write
from sandbox.kubernetes import kubeconfig
from sandbox.parts import moto
from sandbox.parts.context import Context
from sandbox.toolchain.terraform import cli_configuration


def exports(context: Context) -> dict[str, str]:
    """The variables, except PATH."""
    local = "127.0.0.0/8,localhost,.localhost"
    return {
        "KUBECONFIG": str(kubeconfig(context, "admin")),
        "NO_PROXY": local,
        "no_proxy": local,
        "AWS_ENDPOINT_URL": context.ports.url("moto"),
        "AWS_ACCESS_KEY_ID": moto.ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": moto.SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": moto.REGION,
        "FIELDDAY_EDGE_URL": context.ports.url("edge"),
        "FIELDDAY_PROMETHEUS_URL": context.ports.url("victoria-metrics"),
        "FIELDDAY_REGISTRY": f"127.0.0.1:{context.ports['registry']}",
        "FIELDDAY_REPORTS_BUCKET": moto.REPORTS_BUCKET,
        "FIELDDAY_REPORTS_DIR": str(context.layout.reports),
        "FIELDDAY_DOMAIN": "fieldday.localhost",
        "FIELDDAY_HELM_OVERLAYS": "sandbox",
        "FIELDDAY_GATE_SECONDS": "8",
        "FIELDDAY_IMAGE_BASE": "",
        "FIELDDAY_TERRAFORM_ROOT": "terraform/local",
        "FIELDDAY_TERRAFORM_WORK": str(context.layout.root / "terraform" / "work"),
        "FIELDDAY_STATE_BUCKET": moto.STATE_BUCKET,
        "FIELDDAY_ALERTS_TOPIC": moto.ALERTS_TOPIC,
        "TF_CLI_CONFIG_FILE": str(cli_configuration(context.layout)),
        "TF_VAR_endpoint_url": context.ports.url("moto"),
        "TF_VAR_database_password": context.secrets["terraform-database"],
    }


def write_env_file(context: Context) -> Path:
    """Write the file; the shell that sources it keeps its own PATH after the sandbox's."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports(context).items()]
    programs = f"{shlex.quote(str(context.layout.bin))}:{shlex.quote(str(context.python.parent))}"
    lines.append(f'export PATH={programs}:"$PATH"')
    write(context.layout.env_file, "\n".join(lines) + "\n")
    return context.layout.env_file
