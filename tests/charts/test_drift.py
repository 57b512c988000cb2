"""The charts say what the catalogue says, and each chart is the library's."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from fieldday import catalog
from tests.charts.rendering import CHARTS, SERVICES


def _read(service: str, file: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CHARTS / service / file).read_text())
    return content


def test_every_service_of_the_catalogue_has_a_chart() -> None:
    assert set(SERVICES) == set(catalog.load().names)


@pytest.mark.parametrize("service", SERVICES)
def test_a_charts_values_are_the_catalogues(service: str) -> None:
    loaded = catalog.load()
    entry = loaded[service]
    values = _read(service, "values.yaml")
    assert values["name"] == service
    assert values["port"] == entry.port
    assert sorted(values["dependencies"]) == sorted(entry.depends_on)
    assert sorted(values["callers"]) == sorted(loaded.callers(service))
    assert sorted(values["stores"]) == sorted(entry.stores)
    assert values["cacheTtlSeconds"] == entry.cache_ttl_seconds
    for kind in ("requests", "limits"):
        expected = getattr(entry.resources, kind)
        assert values["resources"][kind] == {"cpu": expected.cpu, "memory": expected.memory}
    production = _read(service, "values-production.yaml")
    assert production["replicas"] == entry.replicas.min
    assert production["autoscaling"]["minReplicas"] == entry.replicas.min
    assert production["autoscaling"]["maxReplicas"] == entry.replicas.max
    assert _read(service, "Chart.yaml")["description"] == entry.title


@pytest.mark.parametrize("service", SERVICES)
def test_a_charts_schema_is_the_librarys(service: str) -> None:
    source = CHARTS / "service-library" / "service.schema.json"
    copy = CHARTS / service / "values.schema.json"
    assert copy.read_text() == source.read_text(), f"Run: cp {source} {copy}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_chart_carries_the_library_as_it_is(service: str) -> None:
    """`helm upgrade ./helm/api` works without `helm dependency build` before it."""
    carried = CHARTS / service / "charts" / "service-library"
    assert carried.resolve() == (CHARTS / "service-library").resolve()
    library = _read("service-library", "Chart.yaml")
    (dependency,) = _read(service, "Chart.yaml")["dependencies"]
    assert dependency["version"] == library["version"]


def test_the_schema_describes_what_the_library_has() -> None:
    """A default without a description, or the other way round, is a slip."""
    schema = yaml.safe_load((CHARTS / "service-library" / "service.schema.json").read_text())
    defaults = _read("service-library", "values.yaml")["defaults"]
    assert set(defaults) | {"name", "global", "service-library"} == set(schema["properties"])
