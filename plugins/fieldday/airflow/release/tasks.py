"""The tasks of a release that neither wait nor change production.

Each returns small JSON, and pushes `error` before it fails for a reason that this library gives.
The library is imported when a task runs: a DAG file is parsed every half minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task

from fieldday.airflow import task_errors as reasons
from fieldday.errors import Permanent
from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.releases.cluster import Cluster

Json = dict[str, Any]


@task
@reasons.says_why
def plan() -> Json:
    """Check the request, and find what it would change."""
    from fieldday import catalog
    from fieldday.airflow import connections
    from fieldday.images.registry import origin
    from fieldday.images.source import checked_version
    from fieldday.releases.request import ReleaseRequest

    context = get_current_context()
    settings = Settings.from_env()
    request = ReleaseRequest.from_params(
        context["params"],
        release_order=catalog.load().release_order(),
        source_roots=(settings.checkout, *settings.source_roots),
    )
    source = checked_version(request.source) if request.source else None
    version = request.version or str(source)
    registry = connections.registry()
    run = context["dag_run"]
    with connections.cluster(settings, "production") as cluster:
        services = [_change(cluster, name, version, run.run_id) for name in request.services]
    for service in services:
        found = origin(f"{registry}/fieldday/{service['name']}:{version}", source)
        service |= {"digest": found.digest, "built_from": found.built_from}
    return {
        "run": run.run_id,
        "requested_by": getattr(run, "triggering_user_name", None),
        "services": services,
        "version": version,
        "source": str(request.source) if request.source else None,
        "source_version": source,
        "strategy": request.strategy,
        "steps": list(request.steps),
        "gate_seconds": request.gate_seconds,
        "approval_minutes": context["params"]["approval_minutes"],
        "reason": request.reason,
    }


@task
@reasons.says_why
def lint_and_unit_tests(plan: Json) -> Json:
    """Lint the source and run its unit tests, unless its images are there: they come after."""
    from fieldday.images.checks import run_checks
    from fieldday.images.source import unchanged

    if plan["source"] is None:
        return {"skipped": "released without a source"}
    if _is_built(plan):
        return {"skipped": "the images of this version were built before"}
    with unchanged(Path(plan["source"]), plan["source_version"]):
        report = run_checks(Path(plan["source"]))
    if not report.passed:
        msg = f"{plan['source']}: lint or unit tests failed. {report.text}"
        raise Permanent(msg)
    return report.to_dict()


@task
@reasons.says_why
def build_and_push(plan: Json) -> dict[str, Json]:
    """Build the images that the registry does not have, and push them: by service, by digest."""
    from fieldday.airflow import connections
    from fieldday.images.build import Image, build

    settings = Settings.from_env()
    registry = connections.registry()
    images: dict[str, Json] = {}
    for service in plan["services"]:
        name, digest = service["name"], service["digest"]
        if digest:
            image = Image(name, f"fieldday/{name}", plan["version"], digest)
        else:
            image = build(
                Path(plan["source"]),
                name,
                plan["version"],
                registry,
                planned=plan["source_version"],
                base=settings.image_base,
            )
        images[name] = image.to_dict()
    return images


@task
@reasons.says_why
def scan(plan: Json, images: dict[str, Json]) -> Json:
    """Scan dependencies, secrets, the Dockerfile and the code; say what could not be scanned."""
    from fieldday.images.build import Image
    from fieldday.images.scan import scan as scan_source
    from fieldday.images.source import unchanged

    # The source that is at hand says nothing of an image that was built from another.
    others = [
        ["image", "not scanned", f"{s['name']} was built before, from {s['built_from']}"]
        for s in plan["services"]
        if s["built_from"] != plan["source_version"]
    ]
    own = [s["name"] for s in plan["services"] if s["built_from"] == plan["source_version"]]
    if not own:
        return {"report": {"skipped": "all images were built before, elsewhere"}, "lines": others}
    with unchanged(Path(plan["source"]), plan["source_version"]):
        report = scan_source(Path(plan["source"]), Image.from_dict(images[own[0]]))
    if report.blocking:
        msg = f"{plan['source']}: the scan found what must not be released. {report.text}"
        raise Permanent(msg)
    return {"report": report.to_dict(), "lines": [*report.lines, *others]}


@task
@reasons.says_why
def test_staging(plan: Json) -> Json:
    """Run the end-to-end tests against staging, through the edge."""
    from fieldday.airflow import connections

    settings = Settings.from_env()
    with connections.cluster(settings, "staging") as cluster:
        report = _end_to_end(settings, cluster, plan)
        # Another release may have changed staging meanwhile.
        _check_stable(cluster, plan)
    return report


@task
@reasons.says_why
def verify(plan: Json) -> Json:
    """Check that production runs the target and nothing else, and that all works for users."""
    from fieldday.airflow import connections
    from fieldday.end_to_end.probe import probe

    settings = Settings.from_env()
    edge = connections.edge(settings)
    hosts = {}
    with connections.cluster(settings, "production") as cluster:
        _check_stable(cluster, plan)
        for service in plan["services"]:
            host = edge.host(service["name"], "production")
            if wrong := probe(edge, host, tag=service["to"], track="stable"):
                msg = f"production: {wrong}."
                raise Permanent(msg)
            hosts[service["name"]] = host
        tests = _end_to_end(settings, cluster, plan)
    return {"answered": hosts, "tests": tests}


def _end_to_end(settings: Settings, cluster: Cluster, plan: Json) -> Json:
    """Run the end-to-end tests in the cluster's environment. Raises `Permanent`: some fail."""
    from fieldday.airflow import connections
    from fieldday.end_to_end.runner import run_tests

    names = [service["name"] for service in plan["services"]]
    edge, installed = connections.edge(settings), cluster.helm.installed()
    summary = run_tests(settings.checkout, edge, cluster.environment, names, installed)
    if summary.failed:
        failures = "; ".join(summary.failures)
        msg = f"{cluster.environment}: end-to-end tests failed ({summary}): {failures}"
        raise Permanent(msg)
    return {"text": str(summary), **summary.to_dict()}


def _change(cluster: Cluster, name: str, version: str, run: str) -> Json:
    """What the release would change of one service."""
    cluster.helm.values_files(name)
    state = cluster.read(name, run)
    before = state.stable_tag
    change = "install" if before is None else "none" if before == version else "update"
    return {"name": name, "from": before, "to": version, "change": change}


def _is_built(plan: Mapping[str, Any]) -> bool:
    return all(service["digest"] for service in plan["services"])


def _check_stable(cluster: Cluster, plan: Mapping[str, Any]) -> None:
    for service in plan["services"]:
        state = cluster.read(service["name"], plan["run"])
        found = state.stable_tag or "nothing"
        if found != service["to"] or state.candidate is not None or state.weight:
            msg = (
                f"{service['name']}: {cluster.environment} runs {found}"
                f"{' and a candidate' if state.candidate else ''} instead of {service['to']}. "
                "Another release or a person changed it: release again."
            )
            raise Permanent(msg)
