"""The charts say what the catalogue says, and each chart is the library's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

import pytest
import yaml

from fieldday import catalog
from fieldday.catalog.charts import chart_links
from tests.charts.rendering import CHARTS, SERVICES
from tests.terraform.reading import read_module


def _read(service: str, file: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CHARTS / service / file).read_text())
    return content


def test_every_service_of_the_catalogue_has_a_chart() -> None:
    assert set(SERVICES) == set(catalog.load().names)


@pytest.mark.parametrize("service", SERVICES)
def test_a_charts_values_are_the_catalogues(service: str) -> None:
    """Whatever wrote them, and with nothing beside."""
    loaded = catalog.load()
    entry = loaded[service]
    sizes = {
        kind: {"cpu": getattr(entry.resources, kind).cpu, "memory": memory}
        for kind, memory in (
            ("requests", entry.resources.requests.memory),
            ("limits", entry.resources.limits.memory),
        )
    }
    tasks = {
        name: {"schedule": task.schedule, "limitSeconds": task.limit_seconds}
        for name, task in entry.tasks.items()
    }
    assert _read(service, "values.yaml") == {
        "name": service,
        "tier": entry.tier,
        "data": entry.data,
        "owner": entry.owner,
        "paging": entry.paging,
        "handles": list(entry.handles),
        "port": entry.port,
        "dependencies": sorted(entry.depends_on),
        "callers": sorted(loaded.callers(service)),
        "callsOutside": sorted(entry.calls_outside),
        "stores": list(entry.stores),
        "cacheTtlSeconds": entry.cache_ttl_seconds,
        "rateLimits": {"perUser": entry.rate_limits.per_user, "perIp": entry.rate_limits.per_ip},
        "resources": sizes,
        **({"cron": {"tasks": tasks}} if tasks else {}),
    }
    production = _read(service, "values-production.yaml")
    assert production["replicas"] == entry.replicas.min
    assert production["autoscaling"]["minReplicas"] == entry.replicas.min
    assert production["autoscaling"]["maxReplicas"] == entry.replicas.max
    assert _read(service, "Chart.yaml")["description"] == entry.title


def test_nothing_of_the_library_is_there_twice() -> None:
    """`helm upgrade ./helm/api` works without `helm dependency build` before it."""
    for link, target in chart_links(catalog.load(), CHARTS).items():
        assert link.is_symlink(), f"{link.relative_to(CHARTS)} is no link. Run 'make catalog'."
        assert str(link.readlink()) == target
        assert link.resolve().is_relative_to(CHARTS / "service-library")
    library = _read("service-library", "Chart.yaml")
    for service in SERVICES:
        (dependency,) = _read(service, "Chart.yaml")["dependencies"]
        assert dependency["version"] == library["version"]


def test_the_schema_describes_what_the_library_has() -> None:
    """A default without a description, or the other way round, is a slip."""
    schema = yaml.safe_load((CHARTS / "service-library" / "service.schema.json").read_text())
    described = set(_keys(schema)) - {("name",), ("global",), ("service-library",)}
    defaults = _read("service-library", "values.yaml")["defaults"]
    assert described == set(_paths(defaults))


def _keys(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in schema.get("properties", {}).items():
        yield (*path, key)
        yield from _keys(value, (*path, key))


def _paths(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _paths(value, (*path, key))


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_edge_is_the_one_that_terraform_makes(environment: str) -> None:
    terraform = CHARTS.parent / "terraform"
    module = read_module(terraform / "modules" / "load_balancer")
    (policy,) = (one.default for one in module.variables if one.name == "ssl_policy")
    values = _read("api", f"values-{environment}.yaml")
    annotations = values["routing"]["annotations"]
    assert annotations["alb.ingress.kubernetes.io/ssl-policy"] == str(policy).strip('"')
    group = f"fieldday-{environment}"
    assert annotations["alb.ingress.kubernetes.io/security-groups"] == f"{group}-edge"
    assert annotations["alb.ingress.kubernetes.io/group.name"] == group

    library = yaml.safe_load((CHARTS / "service-library" / "values.yaml").read_text())
    default = library["defaults"]["networkPolicy"]["edgeCidr"]
    let_in = IPv4Network(values.get("networkPolicy", {}).get("edgeCidr", default))
    variables = (terraform / "environments" / f"{environment}.tfvars").read_text()
    (network,) = re.findall(r'^vpc_cidr\s*= "(.*)"', variables, re.MULTILINE)
    # An internal load balancer is anywhere in the network, another in its public subnets alone.
    if annotations["alb.ingress.kubernetes.io/scheme"] == "internal":
        assert let_in == IPv4Network(network)
    else:
        assert let_in.subnet_of(IPv4Network(network))
        assert let_in != IPv4Network(network)
