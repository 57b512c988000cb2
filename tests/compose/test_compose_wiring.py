"""What docker-compose.yaml and docs/compose.md promise beside the catalogue."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import yaml

from tests.compose.reading import ROOT, containers

PAGE = (ROOT / "docs" / "compose.md").read_text()
# What listens where in its container, for those that publish no port.
INSIDE = {"edge": {8080, 8405}, "pushgateway": {9091}, "redis-metrics": {9121}}
INSIDE |= {"postgresql-metrics": {9187}, "airflow-broker": {6379}}


def _listens(name: str) -> set[int]:
    published = {int(port.rpartition(":")[2]) for port in containers()[name].get("ports", ())}
    return published | INSIDE.get(name, set())


def _mebibytes(text: str) -> int:
    return int(text[:-1]) * {"m": 1, "g": 1024}[text[-1]]


def test_redis_keeps_what_it_was_given() -> None:
    for name in ("redis", "airflow-broker"):
        container = containers()[name]
        command = container["command"][-1]
        assert "--appendonly yes" in command
        (volume,) = container["volumes"]
        assert volume.endswith(":/data")
        # It throws out or refuses before its container is ended for it.
        (most,) = re.findall(r"--maxmemory (\d+)mb", command)
        assert int(most) < _mebibytes(container["mem_limit"])


def test_airflows_queue_is_where_nothing_is_thrown_out() -> None:
    broker = urlsplit(containers()["airflow-worker"]["environment"]["AIRFLOW__CELERY__BROKER_URL"])
    assert broker.hostname == "airflow-broker"
    policies = {
        n: containers()[n]["environment"]["REDIS_POLICY"] for n in ("redis", broker.hostname)
    }
    assert policies == {"redis": "allkeys-lru", "airflow-broker": "noeviction"}


def test_whatever_is_named_by_address_listens_there() -> None:
    """Of containers to each other: in the environment, scraped, and asked by dashboards."""
    texts = [
        str(value)
        for container in containers().values()
        for value in (container.get("environment") or {}).values()
    ]
    addresses = re.findall(r"(?:://|@)([a-z][a-z-]+):(\d+)", "\n".join(texts))
    scraped = yaml.safe_load((ROOT / "monitoring/prometheus/compose.yaml").read_text())
    targets = [
        target.split(":")
        for job in scraped["scrape_configs"]
        for static in job.get("static_configs", ())
        for target in static["targets"]
    ]
    sources = yaml.safe_load(
        (ROOT / "monitoring/grafana/provisioning/datasources/datasources.yaml").read_text()
    )
    asked = [urlsplit(source["url"]) for source in sources["datasources"]]
    found = {(host, int(port)) for host, port in [*addresses, *targets]}
    found |= {(str(url.hostname), int(url.port or 0)) for url in asked}
    found -= {("localhost", 9090)}
    named = {host for host, _ in found}
    assert {"postgresql", "redis", "moto", "prometheus", "jaeger", "edge", "auth"} <= named
    assert {"airflow-api-server", "pushgateway", "redis-metrics"} <= named
    wrong = {(host, port) for host, port in found if port not in _listens(_container(host))}
    assert wrong == set()


def _container(host: str) -> str:
    """Who answers to a name: its own, or an alias on the network."""
    for name, container in containers().items():
        networks = container.get("networks") or {}
        aliases = (
            networks.get("default", {}).get("aliases", ()) if isinstance(networks, dict) else ()
        )
        if host == name or host in aliases:
            return name
    raise AssertionError(f"{host}: no such container")


def test_the_page_lists_what_runs_by_profile() -> None:
    rows = re.findall(
        r"^\| (\S*) ?\| (.*) \| (.*) \|$", PAGE.partition("## Your own")[0], re.MULTILINE
    )
    profile, by_profile = "", {}
    places: dict[str, str] = {}
    for first, what, where in rows[2:]:
        profile = first.strip("`") or profile
        for word in re.findall(r"`([a-z-]+)`", what.replace("user `admin`", "")):
            name = f"airflow{word}" if word.startswith("-") else word
            by_profile.setdefault(name, profile)
            places.setdefault(name, where)
    there = {
        name: (container.get("profiles") or ["none"])
        for name, container in containers().items()
        if not container["image"].startswith("fieldday/") or name.startswith("airflow")
    }
    assert set(by_profile) == set(there)
    # `moto` is in two, and said once more.
    wrong = {n: p for n, p in by_profile.items() if p not in there[n]}
    assert wrong == {}
    for name, where in places.items():
        for port in re.findall(r"127\.0\.0\.1:(\d+)", where):
            ports = containers()[name].get("ports", ())
            assert not ports or any(f":{port}:" in given for given in ports), f"{name}: {port}"


def test_the_page_says_how_much_memory_it_may_take() -> None:
    limits = {name: _mebibytes(c["mem_limit"]) for name, c in containers().items()}
    light = sum(limits[name] for name, c in containers().items() if not c.get("profiles"))
    most, everything = re.findall(r"(\d+\.\d) GiB", PAGE)
    assert (most, everything) == (f"{light / 1024:.1f}", f"{sum(limits.values()) / 1024:.1f}")
