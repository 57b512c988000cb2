"""The tasks of a release that neither wait nor change production.

Each returns small JSON, and pushes `error` before it fails for a reason that this library raises.
The library is imported when a task runs: a DAG file is parsed every half minute.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context, task

from fieldday.airflow import connections, task_errors
from fieldday.airflow.task_results import requester_of
from fieldday.errors import Permanent
from fieldday.settings import Settings

Json = dict[str, Any]


@task
@task_errors.says_why
def plan() -> Json:
    """Check the request, and find what it would change."""
    from fieldday import catalog
    from fieldday.images.registry import origin
    from fieldday.images.source import checked_version
    from fieldday.releases.plan import ReleasePlan, ServicePlan
    from fieldday.releases.request import ReleaseRequest

    context = get_current_context()
    settings = Settings.from_env()
    request = ReleaseRequest.from_params(
        context["params"],
        release_order=catalog.load().release_order(),
        source_roots=(settings.checkout, *settings.releases.source_roots),
    )
    source = checked_version(request.source) if request.source else None
    version = request.version or str(source)
    registry = connections.registry()
    run = context["dag_run"]
    services = []
    with connections.cluster(settings, "production") as cluster:
        for name in request.services:
            cluster.helm.values_files(name)
            before = cluster.read(name, run.run_id).stable_tag
            found = origin(f"{registry}/fieldday/{name}:{version}", source)
            services.append(ServicePlan(name, before, version, found.digest, found.built_from))
    return ReleasePlan(
        run=run.run_id,
        requested_by=requester_of(context),
        services=tuple(services),
        version=version,
        source=str(request.source) if request.source else None,
        source_version=source,
        strategy=request.strategy,
        steps=request.steps,
        gate_seconds=request.gate_seconds,
        approval_minutes=request.approval_minutes,
        reason=request.reason,
    ).to_dict()


@task
@task_errors.says_why
def lint_and_unit_tests(plan: Json) -> Json:
    """Lint the source and run its unit tests, unless its images are there: they come after."""
    from fieldday.images.checks import run_checks
    from fieldday.images.source import unchanged
    from fieldday.releases.plan import ReleasePlan

    release = ReleasePlan.from_dict(plan)
    if release.source is None:
        return {"skipped": "released without a source"}
    if release.is_built:
        return {"skipped": "the images of this version were built before"}
    source, version = release.checked_source
    with unchanged(source, version):
        report = run_checks(source)
    if not report.passed:
        msg = f"{release.source}: lint or unit tests failed. {report.text}"
        raise Permanent(msg)
    return report.to_dict()


@task
@task_errors.says_why
def build_and_push(plan: Json) -> dict[str, Json]:
    """Build the images that the registry does not have, and push them: by service, by digest."""
    from fieldday.images.build import Image, build
    from fieldday.releases.plan import ReleasePlan

    settings = Settings.from_env()
    registry = connections.registry()
    release = ReleasePlan.from_dict(plan)
    base = settings.releases.image_base
    images: dict[str, Json] = {}
    for service in release.services:
        if service.digest:
            repository = f"fieldday/{service.name}"
            image = Image(service.name, repository, release.version, service.digest)
        else:
            source, planned = release.checked_source
            image = build(
                source, service.name, release.version, registry, planned=planned, base=base
            )
        images[service.name] = image.to_dict()
    return images


@task
@task_errors.says_why
def scan(plan: Json, images: dict[str, Json]) -> Json:
    """Scan dependencies, secrets, the Dockerfile and the code; say what could not be scanned."""
    from fieldday.images.build import Image
    from fieldday.images.scan import scan as scan_source
    from fieldday.images.source import unchanged
    from fieldday.releases.plan import ReleasePlan

    release = ReleasePlan.from_dict(plan)
    # The source that is at hand says nothing of an image that was built from another.
    others = [
        ["image", "not scanned", f"{service.name} was built before, from {service.built_from}"]
        for service in release.services
        if service.built_from != release.source_version
    ]
    own = [s.name for s in release.services if s.built_from == release.source_version]
    if not own:
        return {"report": {"skipped": "all images were built before, elsewhere"}, "lines": others}
    source, version = release.checked_source
    with unchanged(source, version):
        report = scan_source(source, Image.from_dict(images[own[0]]))
    if report.blocking:
        msg = f"{release.source}: the scan found what must not be released. {report.text}"
        raise Permanent(msg)
    return {"report": report.to_dict(), "lines": [*report.lines, *others]}


@task
@task_errors.says_why
def test_staging(plan: Json) -> Json:
    """Run the end-to-end tests against staging, through the edge."""
    from fieldday.releases import verification
    from fieldday.releases.plan import ReleasePlan

    settings, release = Settings.from_env(), ReleasePlan.from_dict(plan)
    edge = connections.edge(settings)
    with connections.cluster(settings, "staging") as cluster:
        report = verification.run_end_to_end(settings.checkout, edge, cluster, release)
        # Another release may have changed staging meanwhile.
        verification.check_stable(cluster, release)
    return report


@task
@task_errors.says_why
def verify(plan: Json) -> Json:
    """Check that production runs the target and nothing else, and that all works for users."""
    from fieldday.releases import verification
    from fieldday.releases.plan import ReleasePlan

    settings, release = Settings.from_env(), ReleasePlan.from_dict(plan)
    edge = connections.edge(settings)
    with connections.cluster(settings, "production") as cluster:
        verification.check_stable(cluster, release)
        answered = verification.check_answers(edge, release)
        tests = verification.run_end_to_end(settings.checkout, edge, cluster, release)
    return {"answered": answered, "tests": tests}
