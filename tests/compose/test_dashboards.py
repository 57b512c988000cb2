"""Dashboards ask for what there is to ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from fieldday import catalog
from fieldday.settings import GateLimits
from reference import metrics, settings
from tests.compose.reading import ROOT, containers

GRAFANA = ROOT / "monitoring" / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))

# What the exporters and Prometheus itself offer; they are not here to be asked.
EXPORTERS = {
    "up": {"job", "instance", "service"},
    "pg_up": set(),
    "pg_stat_database_numbackends": {"datname"},
    "pg_stat_database_xact_commit": {"datname"},
    "pg_stat_database_xact_rollback": {"datname"},
    "pg_database_size_bytes": {"datname"},
    "redis_up": set(),
    "redis_memory_used_bytes": set(),
    "redis_memory_max_bytes": set(),
    "redis_commands_processed_total": set(),
    "redis_evicted_keys_total": set(),
}
_WORDS = {"sum", "max", "by", "or", "rate", "histogram_quantile", "le"}
# What the scrape adds to each series.
_SCRAPED = {"job", "instance"}


def _exposed() -> dict[str, set[str]]:
    """The names and labels that a service really has after a request, by its own code."""
    told = settings.load(
        {"SERVICE": "api", "VERSION": "1.4.2", "DATABASE_URL": "postgresql://u@h/d"}
    )
    exposed = metrics.Metrics(told)
    exposed.answered("GET", "/v1/records/{id}", 200, 0.1)
    with exposed.in_flight():
        exposed.event_loop_lagged(0.001)
    exposed.rate_limit_checked("user", "refused")
    exposed.cache_read("hit")
    exposed.watch_pool(5, idle=lambda: 1, in_use=lambda: 1)
    with exposed.waits_for_connection():
        exposed.queried("newest", 0.001)
    exposed.dependency_called("auth", "ok", 0.01)
    exposed.dependency_retried("auth")
    exposed.breaker("auth", "closed")
    exposed.queue_depth("notification", 1)
    exposed.payment_failed("card_declined")
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposed.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    # These a scrape gives the service's label to: see the relabelling.
    for name in found:
        if name.startswith("process_"):
            found[name].add("service")
    return found


KNOWN = {**EXPORTERS, **_exposed()}


def _dashboard(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def _expressions() -> Iterator[tuple[str, str]]:
    for path in FILES:
        for panel in _dashboard(path)["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]


@pytest.mark.parametrize(("where", "expression"), tuple(_expressions()))
def test_a_query_asks_for_what_is_there(where: str, expression: str) -> None:
    assert expression.count("(") == expression.count(")")
    assert expression.count("{") == expression.count("}")
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    grouped = {w for g in re.findall(r"\bby \(([^)]*)\)", bare) for w in re.split(r"\W+", g) if w}
    matched = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", bare))
    outside = re.sub(r"\{[^}]*\}|\bby \([^)]*\)", "", bare)
    names = {w for w in re.findall(r"[a-z_]\w*", outside) if w not in _WORDS}
    assert names, f"{where}: asks for nothing"
    for name in names:
        assert name in KNOWN, f"{where}: {name} is not exposed"
        missing = (grouped | matched) - KNOWN[name] - _SCRAPED
        assert not missing, f"{where}: {name} has no label {missing}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dashboard_is_whole(path: Path) -> None:
    board = _dashboard(path)
    assert board["uid"] == f"fieldday-{path.stem}"
    assert board["title"]
    assert "fieldday" in board["tags"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/datasources.yaml").read_text())
    uids = {source["uid"] for source in sources["datasources"]}
    places = set()
    for panel in board["panels"]:
        assert {t["datasource"]["uid"] for t in panel["targets"]} <= uids
        where = panel["gridPos"]
        assert where["x"] + where["w"] <= 24
        cells = {
            (x, y)
            for x in range(where["x"], where["x"] + where["w"])
            for y in range(where["y"], where["y"] + where["h"])
        }
        assert not cells & places, f"{panel['title']}: lies over another"
        places |= cells


def test_one_can_choose_every_service() -> None:
    (variable,) = _dashboard(GRAFANA / "dashboards" / "service.json")["templating"]["list"]
    names = catalog.load().names
    assert tuple(variable["query"].split(",")) == names
    assert tuple(option["value"] for option in variable["options"]) == names


def test_every_service_has_rate_errors_and_duration_by_version_and_track() -> None:
    asked = [e for where, e in _expressions() if where.startswith("service: ")]
    red = [e for e in asked if 'service="$service"' in e and "version, track" in e]
    assert any("rate(http_requests_total" in e and "5.." not in e for e in red)
    assert any('status=~"5.."' in e for e in red)
    assert any(e.startswith("histogram_quantile(0.95") for e in red)


def test_everything_that_a_service_measures_is_shown() -> None:
    asked = " ".join(expression for where, expression in _expressions())
    # Of a histogram any of its series; the process's own are half a dozen, of which two matter.
    own = {name.removesuffix("_bucket") for name in _exposed() if name.endswith("_bucket")}
    own |= {n for n in _exposed() if n.endswith("_total") and not n.startswith("process_")}
    own |= {"database_pool_connections", "database_pool_waiting", "dependency_breaker_state"}
    own |= {"http_requests_in_flight", "queue_depth"}
    assert {name for name in own if name not in asked} == set()


def test_the_limits_are_the_gates() -> None:
    """Drawn where a release is taken back."""
    limits = GateLimits()
    drawn = {
        panel["title"]: panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"]
        for panel in _dashboard(GRAFANA / "dashboards" / "service.json")["panels"]
        if "thresholds" in panel["fieldConfig"]["defaults"]
    }
    assert drawn == {"Errors": limits.error_rate, "95th percentile": limits.p95_seconds}


def test_grafana_finds_its_files() -> None:
    grafana = containers()["grafana"]
    mounts = {v.split(":")[1]: ROOT / v.split(":")[0] for v in grafana["volumes"] if v[0] == "."}
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/dashboards.yaml").read_text())[
        "providers"
    ]
    assert mounts[provider["options"]["path"]] == GRAFANA / "dashboards"
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (mounts[str(home.parent)] / home.name).is_file()
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/datasources.yaml").read_text())
    for source in sources["datasources"]:
        assert re.search(r"//([a-z]+):", source["url"])[1] in containers()  # type: ignore[index]
