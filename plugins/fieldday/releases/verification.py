"""Whether an environment runs what was released, and whether that works for users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fieldday.end_to_end.probe import Edge, NoAnswerError, probe
from fieldday.end_to_end.runner import run_tests
from fieldday.errors import Permanent
from fieldday.releases.cluster import Cluster
from fieldday.releases.plan import ReleasePlan
from fieldday.releases.rollout import Analysis, RolloutPlan


def check_stable(cluster: Cluster, release: ReleasePlan) -> None:
    """Raise `Permanent` unless stable runs the target of each service, without a candidate."""
    for service in release.services:
        state = cluster.read(service.name, release.run)
        found = state.stable_tag or "nothing"
        if found != service.target or state.candidate is not None or state.weight:
            msg = (
                f"{service.name}: {cluster.environment} runs {found}"
                f"{' and a candidate' if state.candidate else ''} instead of {service.target}. "
                "Another release or a person changed it: release again."
            )
            raise Permanent(msg)


def check_answers(edge: Edge, release: ReleasePlan) -> dict[str, str]:
    """By service: the host in production on which the target answers.

    Raises `Permanent`: another version answers. Raises `NoAnswerError`: nothing does.
    """
    hosts = {service.name: edge.host(service.name, "production") for service in release.services}
    for service in release.services:
        if wrong := probe(edge, hosts[service.name], tag=service.target, track="stable"):
            msg = f"production: {wrong}."
            raise Permanent(msg)
    return hosts


def check_preview(
    edge: Edge, environment: str, name: str, plan: RolloutPlan, analysis: Analysis
) -> str:
    """Probe a blue-green candidate on its preview host, before it serves any user.

    Returns what is wrong, or '' where nothing is, or nothing is to be probed.
    """
    if analysis.track != "candidate" or plan.strategy != "blue-green":
        return ""
    host = edge.host(name, environment, preview=True)
    try:
        return probe(edge, host, tag=analysis.version.tag, track="candidate")
    except NoAnswerError as e:
        # It may as well be the candidate that hangs, and no user waits for it yet.
        return str(e)


def run_end_to_end(
    checkout: Path, edge: Edge, cluster: Cluster, release: ReleasePlan
) -> dict[str, Any]:
    """Run the end-to-end tests of the services in the cluster's environment.

    Returns their summary as JSON has it, with `text`. Raises `Permanent`: some failed.
    """
    names = [service.name for service in release.services]
    installed = cluster.helm.installed()
    summary = run_tests(checkout, edge, cluster.environment, names, installed)
    if summary.failed:
        failures = "; ".join(summary.failures)
        msg = f"{cluster.environment}: end-to-end tests failed ({summary}): {failures}"
        raise Permanent(msg)
    return {"text": str(summary), **summary.to_dict()}
