"""docker-compose.yaml says what the catalogue says, whatever wrote it."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlsplit

import pytest
import yaml

from fieldday import catalog
from reference import settings
from tests.charts.rendering import CHARTS
from tests.compose.reading import ROOT, containers, example

CATALOG = catalog.load()
SERVICES = CATALOG.names
# What each store gives a service, and what must be well before the service starts.
STORES = {
    "postgresql": ("DATABASE_URL", "databases", "service_completed_successfully"),
    "redis": ("CACHE_URL", "redis", "service_healthy"),
    "s3": ("AWS_ENDPOINT_URL", None, None),
}


def test_every_service_of_the_catalogue_is_there() -> None:
    built = {n for n, c in containers().items() if c["image"].startswith("fieldday/")}
    assert {name for name in built if not name.startswith("airflow")} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_as_the_catalogue_has_it(name: str) -> None:
    entry, there = CATALOG[name], containers()[name]
    environment = there["environment"]
    assert environment["SERVICE"] == name
    assert environment["PORT"] == str(entry.port)
    assert there["ports"] == [f"127.0.0.1::{entry.port}"]
    assert environment["CACHE_TTL_SECONDS"] == str(entry.cache_ttl_seconds)
    assert environment["RATE_LIMIT_PER_USER"] == str(entry.rate_limits.per_user)
    assert environment["RATE_LIMIT_PER_IP"] == str(entry.rate_limits.per_ip)
    # Docker's `m` is Kubernetes' `Mi`.
    assert there["mem_limit"].upper() + "i" == entry.resources.limits.memory
    assert "profiles" not in there


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_calls_what_the_catalogue_says(name: str) -> None:
    entry, there = CATALOG[name], containers()[name]
    urls = {
        key: value
        for key, value in there["environment"].items()
        if key.endswith("_URL") and key not in {variable for variable, _, _ in STORES.values()}
    }
    assert urls == {
        f"{other.upper().replace('-', '_')}_URL": f"http://{other}:{CATALOG[other].port}"
        for other in entry.depends_on
    }
    assert set(entry.depends_on) <= set(there["depends_on"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_the_stores_of_the_catalogue(name: str) -> None:
    entry, there = CATALOG[name], containers()[name]
    waits = {other: {"condition": "service_started"} for other in entry.depends_on}
    for store, (variable, container, condition) in STORES.items():
        assert (variable in there["environment"]) == (store in entry.stores)
        if store in entry.stores and container:
            waits[container] = {"condition": condition}
    assert there["depends_on"] == waits


def test_every_database_is_one_services_own() -> None:
    made = containers()["databases"]["environment"]["DATABASES"].split()
    named = []
    for name in SERVICES:
        url = urlsplit(containers()[name]["environment"]["DATABASE_URL"])
        assert (url.hostname, url.port) == ("postgresql", 5432)
        assert url.password == example()["SERVICES_PASSWORD"]
        assert url.path == f"/{url.username}"
        named.append(url.username)
    assert sorted(made) == sorted({*named, "airflow"})


def test_every_cache_is_one_services_own() -> None:
    """Redis has 16 databases unless it is told otherwise."""
    urls = [containers()[name]["environment"]["CACHE_URL"] for name in SERVICES]
    assert sorted(int(urlsplit(url).path[1:]) for url in urls) == list(range(len(SERVICES)))
    assert len(SERVICES) <= 16


def test_the_contract_is_the_charts() -> None:
    """Neither tells a service what the other does not, but for what only Kubernetes knows."""
    template = (CHARTS / "service-library" / "templates" / "_config.tpl").read_text()
    pod = (CHARTS / "service-library" / "templates" / "_pod.tpl").read_text()
    conditions = containers()["conditions"]["environment"]
    config = {"SERVICE", "ENVIRONMENT", "PORT", "CACHE_TTL_SECONDS", "TOKEN_ISSUER"}
    for key in config:
        assert f"{key}:" in template
    for key in ("VERSION", "TRACK", "POD_IP"):
        assert key in pod
    of_the_catalogue = {"RATE_LIMIT_PER_USER", "RATE_LIMIT_PER_IP", "AUTH_URL"}
    of_the_secret = {"DATABASE_URL", "CACHE_URL", "CLIENT_SECRET"}
    # A cluster's own business, given to a chart by `config` where there is a collector.
    others = of_the_catalogue | of_the_secret | {"LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT"}
    assert set(conditions) == config | {"VERSION", "TRACK", "POD_IP"} | others


def test_auth_knows_every_client_by_the_hash_of_its_secret() -> None:
    environment = containers()["auth"]["environment"]
    known = json.loads(environment["CLIENT_SECRETS"])
    assert set(known) == {*SERVICES, "operations"}
    for name in SERVICES:
        secret = containers()[name]["environment"]["CLIENT_SECRET"]
        assert known[name] == hashlib.sha256(secret.encode()).hexdigest()
    assert environment["KEY_ENCRYPTION_KEY"]


def test_the_service_takes_its_settings() -> None:
    for name in SERVICES:
        told = settings.load({k: str(v) for k, v in containers()[name]["environment"].items()})
        assert (told.service, told.port) == (name, CATALOG[name].port)
        assert set(told.dependencies) == set(CATALOG[name].depends_on)


def test_prometheus_scrapes_all_of_them() -> None:
    config = yaml.safe_load((ROOT / "monitoring/prometheus/compose.yaml").read_text())
    (job,) = [job for job in config["scrape_configs"] if job["job_name"] == "services"]
    found = [(e["names"], e["type"], e["port"]) for e in job["dns_sd_configs"]]
    assert found == [([name], "A", CATALOG[name].port) for name in SERVICES]
    for other in config["scrape_configs"]:
        for static in other.get("static_configs", ()):
            for target in static["targets"]:
                host = target.partition(":")[0]
                assert host == "localhost" or host in containers(), f"{target}: no such container"
