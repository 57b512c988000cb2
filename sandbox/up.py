"""`up`: start what is missing, restart what is unhealthy, leave the rest alone."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sandbox import env_file, pki, processes
from sandbox.files import locked
from sandbox.parts.all import all_parts, with_needs
from sandbox.parts.context import Context
from sandbox.parts.part import Part
from sandbox.ports import KUBELET_PORT, NAMES, refuse_taken
from sandbox.starting import Starter
from sandbox.steps import Cancellation, Observer, Step, carry_out
from sandbox.supervisor import Supervisor
from sandbox.toolchain import missing_tools
from sandbox.toolchain.terraform import write_configuration

# The port's owner, where its name does not say.
_OWNERS = {
    "airflow": "airflow-api-server",
    "edge-proxy": "edge",
    "edge-metrics": "edge",
    "etcd-peer": "etcd",
}
_STRAY_SECONDS = 5.0


def up(context: Context, observer: Observer, names: Collection[str] = ()) -> None:
    """Bring the sandbox up, or only the parts of these names and what they need.

    Run again, it resumes from where it was. Parts that are not named are left alone.

    Raises SandboxError: there is no such part, something can't be installed or does not come up;
    what is up stays up.
    """
    layout = context.layout
    parts = all_parts(context)
    wanted = with_needs(parts, names) if names else parts
    layout.folder(layout.root).chmod(0o700)
    with locked(layout.root / "up.lock"):
        pki.ensure(layout, context.block)
        supervisor = Supervisor(layout, context.python)
        _end_strays(context, supervisor)
        _refuse_taken_ports(context)
        supervisor.ensure(parts)
        env_file.write_env_file(context)
        cancellation = Cancellation()
        steps = _steps(context, parts, wanted, Starter(layout, supervisor, observer), observer)
        carry_out(steps, observer, cancellation)
        write_configuration(layout)


def _steps(
    context: Context,
    parts: Collection[Part],
    wanted: Collection[Part],
    starter: Starter,
    observer: Observer,
) -> list[Step]:
    # Programs that no part uses are for the pipelines.
    unused = {Path(word).name for word in _words(parts) - _words(wanted)}
    tools = missing_tools(context.layout, observer, unused)
    by_file = {
        str(context.layout.bin / file): tool.step.name for tool in tools for file in tool.files
    }
    steps = [tool.step for tool in tools]
    for part in wanted:
        made_of = {by_file[word] for word in part.command if word in by_file}
        if part.name == "kube-apiserver":
            # Its `settle` applies manifests.
            made_of |= {name for name in by_file.values() if "kubectl" in name}
        steps.append(starter.step(part, (*part.needs, *sorted(made_of))))
    return steps


def _words(parts: Collection[Part]) -> set[str]:
    return {word for part in parts for word in part.command}


def _end_strays(context: Context, supervisor: Supervisor) -> None:
    """Stop what an earlier supervisor left, except pods: the node adopts those again."""
    owner = supervisor.pid()
    strays = [
        process
        for process in processes.marked(context.layout)
        if not processes.is_pod(process) and not (owner and processes.descends(process, owner))
    ]
    processes.end(strays, _STRAY_SECONDS)


def _refuse_taken_ports(context: Context) -> None:
    listeners = [(_OWNERS.get(n, n), "127.0.0.1", context.ports[n]) for n in NAMES]
    listeners.append(("node", f"127.{context.block}.1", KUBELET_PORT))
    refuse_taken(listeners, context.layout)
