"""The catalogue is read whole or refused with words; its order is right for any graph."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fieldday.catalog import (
    CATALOG,
    Catalog,
    CatalogError,
    Quantity,
    RateLimits,
    Replicas,
    Resources,
    Service,
    json_schema,
    load,
)
from fieldday.catalog.loader import RESERVED
from tests.patience import PATIENCE

ROOT = CATALOG.parent
_QUANTITY = Quantity(cpu="100m", memory="96Mi")


def _service(*depends_on: str) -> Service:
    return Service(
        title="A service",
        tier="standard",
        data="none",
        owner="platform",
        paging="#page",
        port=8080,
        resources=Resources(requests=_QUANTITY, limits=_QUANTITY),
        replicas=Replicas(min=2, max=4),
        rate_limits=RateLimits(per_user=60, per_ip=240),
        depends_on=depends_on,
    )


@pytest.fixture
def content() -> dict[str, Any]:
    """The real catalogue's content, to be spoilt."""
    loaded: dict[str, Any] = yaml.safe_load(CATALOG.read_text())
    return copy.deepcopy(loaded)


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[Any], str]:
    """The words with which a catalogue of this content is refused."""

    def refuse(content: Any) -> str:
        path = tmp_path / "catalog.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        with pytest.raises(CatalogError) as caught:
            load(path)
        return str(caught.value).replace(str(path), "catalog.yaml")

    return refuse


def test_the_catalogue_names_the_services() -> None:
    catalog = load()
    assert len(catalog.names) == 12
    assert catalog["float-plan"].depends_on == ("auth", "conditions", "notification")
    assert catalog.callers("conditions") == ("api", "discovery", "float-plan", "jobs")
    assert catalog.callers("jobs") == ()
    ttls = {name: catalog[name].cache_ttl_seconds for name in ("discovery", "auth", "conditions")}
    assert ttls == {"discovery": 300, "auth": 900, "conditions": 600}


def test_the_catalogue_says_who_handles_what() -> None:
    services = load().services
    handling = {
        what: {name for name, service in services.items() if what in service.handles}
        for what in ("cards", "minors", "personal")
    }
    assert handling["cards"] == {"payments"}
    assert handling["minors"] == {"auth", "float-plan"}
    # Whoever keeps people's data can erase it.
    assert handling["personal"] == {name for name, s in services.items() if s.data != "none"}


def test_a_path_and_the_environment_choose_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    content["services"] = {"auth": content["services"]["auth"]}
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(content))
    assert load(other).names == ("auth",)
    monkeypatch.setenv("FIELDDAY_CATALOG", str(other))
    assert load().names == ("auth",)


def test_dependencies_are_released_first() -> None:
    assert load().release_order(["api", "conditions", "auth"]) == ("auth", "conditions", "api")
    assert load().release_order(["api"]) == ("api",)
    assert load().release_order([]) == ()


def test_a_dependency_counts_through_a_service_that_is_not_released() -> None:
    catalog = Catalog({"a": _service("b"), "b": _service("c"), "c": _service()})
    assert catalog.release_order(["a", "c"]) == ("c", "a")


@given(st.data())
def test_every_order_respects_every_dependency(data: st.DataObject) -> None:
    names = [f"s{n}" for n in range(data.draw(st.integers(1, 8)))]
    services = {
        name: _service(*(data.draw(st.sets(st.sampled_from(names[:n]))) if n else ()))
        for n, name in enumerate(names)
    }
    shuffled = data.draw(st.permutations(names))
    catalog = Catalog({name: services[name] for name in shuffled})
    order = catalog.release_order()
    assert sorted(order) == sorted(names)
    for name, service in services.items():
        for other in service.depends_on:
            assert order.index(other) < order.index(name)


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    catalog = Catalog({"a": _service(), "b": _service()})
    with pytest.raises(CatalogError, match=r"^Service 'x': not in the catalogue. Use one of a, b"):
        catalog.release_order(["x"])
    with pytest.raises(CatalogError, match="not in the catalogue"):
        catalog.callers("x")


def test_a_circle_is_named_in_the_direction_of_the_dependencies() -> None:
    catalog = Catalog({"a": _service("b"), "b": _service("a")})
    with pytest.raises(CatalogError, match="depends_on is circular") as caught:
        catalog.release_order()
    assert "(a -> b -> a)" in str(caught.value) or "(b -> a -> b)" in str(caught.value)


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *folders, last = path.split("/")

    def change(content: dict[str, Any]) -> None:
        for name in ("services", *folders):
            content = content[name]
        content[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("api/port", 80), "Service 'api': port is 80. Use 1024 to 65535"),
        (_set("api/port", "8080"), "Service 'api': port is '8080'. Use a whole number."),
        (_set("api/tier", "gold"), "Service 'api': tier is 'gold'. Use 'critical', 'standard'"),
        (_set("api/prot", 1), "Service 'api': prot is not a key of the catalogue. Remove it."),
        (_set("api/title", " "), "Service 'api': title is empty. Say it."),
        (_set("api/title", 7), "Service 'api': title is '7'. Use text in quotes."),
        (_set("api/replicas/min", 1), "replicas.min is 1. Production needs at least 2."),
        (_set("api/replicas/max", 1), "replicas.max is 1, below min 2. Raise it."),
        (_set("api/replicas", [1]), "Service 'api': replicas is '[1]'. Use keys and values."),
        (_set("api/depends_on", "auth"), "depends_on is 'auth'. Use a list."),
        (_set("api/depends_on", ["outh"]), "names 'outh', not in the catalogue."),
        (_set("api/depends_on", ["auth", "auth"]), "depends_on names something twice."),
        (_set("auth/depends_on", ["api"]), "depends_on is circular"),
        (_set("api/stores", ["mongo"]), "stores.0 is 'mongo'. Use 'postgresql', 'redis' or 's3'."),
        (_set("api/cache_ttl_seconds", -1), "cache_ttl_seconds is -1. Use 0 to 86400"),
        (_set("api/resources/limits/cpu", "fast"), "resources.limits.cpu is 'fast'. Use cores"),
        (_set("api/resources/requests/memory", "1G"), "memory is '1G'. Use bytes, such as 128Mi."),
        (_set("api/data", "some"), "Service 'api': data is 'some'. Use 'transactional', 'analyt"),
        (_set("auth/stores", []), "data is transactional, but stores has no postgresql. Add it"),
        (_set("auth/data", "none"), "handles minors, personal, but data is none. Say what its"),
        (_set("auth/handles", ["gold"]), "handles.0 is 'gold'. Use 'cards', 'minors' or 'perso"),
        (_set("auth/handles", ["minors"] * 2), "handles names something twice. Remove one."),
        (_set("api/rate_limits/per_user", 0), "rate_limits.per_user is 0. Use at least 1"),
        (_set("api/rate_limits/per_ip", 1), "rate_limits.per_ip is 1, below per_user 300. Rais"),
        (_set("api/calls_outside", ["https://a.b"]), "calls_outside names 'https://a.b'. Use a h"),
        (_set("api/tasks", {"a": {"schedule": "daily", "limit_seconds": 60}}), "Use five cron"),
        (_set("api/tasks", {"a": {"schedule": "* * * * *", "limit_seconds": 0}}), "Use 1 to 86"),
        (_set("api/tasks", {"A": {"schedule": "* * * * *", "limit_seconds": 9}}), "tasks has 'A'"),
        (_set("api/tasks", {"a": {}}), "Service 'api': tasks.a.schedule is missing. Add it."),
        (_set("api/tasks", {"a": {"schedule": "99 * * * *", "limit_seconds": 1}}), "Use five cron"),
        (_set("api/tasks", {"a": {"schedule": "* * */0 * *", "limit_seconds": 1}}), "Use five cro"),
        (_set("api/title", "a\n  evil: x"), "title is 'a\\n  evil: x'. Use one line of text"),
        (_set("api/owner", "a | b"), "Service 'api': owner is 'a | b'. Use one line of text"),
        (
            _set("api/resources/requests/cpu", "1500m"),
            "Service 'api': resources.requests.cpu is 1500m, above the limit 1. Lower it.",
        ),
        (
            _set("api/resources/requests/memory", "1Gi"),
            "resources.requests.memory is 1Gi, above the limit 256Mi. Lower it.",
        ),
        (_set("Api", {}), "Service 'Api': title is missing. Add it."),
        (lambda c: c["services"].pop("auth"), "names 'auth', not in the catalogue."),
        (lambda c: c["services"]["api"].pop("owner"), "Service 'api': owner is missing. Add it."),
        (lambda c: c.update(services={}), "services is empty. Name at least one service."),
        (lambda c: c.update(services=[]), "services is '[]'. Use keys and values."),
        (lambda c: c.update(service={}), "service is not a key of the catalogue. Remove it."),
    ],
)
def test_a_wrong_value_is_refused_by_service_key_and_fix(
    change: Callable[[dict[str, Any]], Any],
    words: str,
    content: dict[str, Any],
    refusal: Callable[[Any], str],
) -> None:
    change(content)
    assert words in refusal(content)


def test_a_bad_name_is_refused(content: dict[str, Any], refusal: Callable[[Any], str]) -> None:
    content["services"]["Api_2"] = content["services"].pop("auth") | {"depends_on": []}
    assert "Service 'Api_2': is not a good name. Use 1 to 40" in refusal(content)


@pytest.mark.parametrize(
    "change",
    [
        _set("api/port", 80),
        _set("api/port", 70000),
        _set("api/tier", "gold"),
        _set("api/prot", 1),
        _set("api/title", " "),
        _set("api/title", "a | b"),
        _set("api/replicas/min", 1),
        _set("api/depends_on", ["auth", "auth"]),
        _set("api/stores", ["mongo"]),
        _set("api/cache_ttl_seconds", -1),
        _set("api/resources/limits/cpu", "0.5"),
        _set("api/resources/requests/memory", "256M"),
        _set("api/rate_limits/per_user", 0),
        _set("api/calls_outside", ["https://a.b"]),
        _set("api/tasks", {"a": {"schedule": "daily", "limit_seconds": 60}}),
        _set("api/tasks", {"A": {"schedule": "* * * * *", "limit_seconds": 9}}),
        lambda c: c["services"].update(Api=c["services"]["jobs"]),
        lambda c: c.update(services={}),
        lambda c: c.pop("services"),
    ],
)
def test_an_editor_sees_what_is_wrong_with_one_value(
    change: Callable[[dict[str, Any]], Any],
    content: dict[str, Any],
    refusal: Callable[[Any], str],
) -> None:
    """By the published schema; what needs two values to be seen only the loader sees."""
    schema = Draft202012Validator(json.loads(json_schema()))
    assert schema.is_valid(content)
    change(content)
    assert not schema.is_valid(content)
    assert refusal(content)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("services: {a: 1, a: 2}", "catalog.yaml, line 1: the key 'a' is there twice."),
        ("services:\n  1: {}", "catalog.yaml, line 2: the key 1 is not text."),
        ("services: [", "catalog.yaml, line 1: "),
        ("!!python/object:os.system {}", "catalog.yaml, line 1: could not determine"),
        ("", "catalog.yaml: is empty. Name the services under 'services:'."),
        ("services:\n\ta: 1", "line 2: found character that cannot start any token. Indent with"),
        ("a: 1\n---\nb: 1", "line 2: but found another document. Keep one, without '---'"),
        ("a: &a {b: 1}\nc: {<<: *a}", "line 2: '<<' is not taken. Write the keys out."),
        ("a: &a {b: *a}", "catalog.yaml: a value can't be read (Circular reference detected)."),
        ("a: 2024-13-45", "catalog.yaml: a value can't be read (month must be in 1..12). Put te"),
        ("a: !!int foo", "catalog.yaml: a value can't be read (invalid literal for int()"),
        (f"a: {'9' * 5000}", "catalog.yaml: a value can't be read (Exceeds the limit"),
        ("a: " + "[" * 5000 + "]" * 5000, "catalog.yaml"),
        ("a: " + "[" * 300 + "]" * 300, "The catalogue can't be read. Invalid JSON: recursion"),
    ],
)
def test_what_is_not_a_catalogue_is_refused(
    text: str, words: str, refusal: Callable[[Any], str]
) -> None:
    assert words in refusal(text)


def test_a_service_is_not_called_as_something_beside_it(
    content: dict[str, Any], refusal: Callable[[Any], str]
) -> None:
    """`make catalog` would write over that chart or container."""
    compose = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())["services"]
    charts = {path.parent.name for path in (ROOT / "helm").glob("*/Chart.yaml")}
    assert (set(compose) | charts) - set(content["services"]) == RESERVED
    for name in RESERVED:
        content["services"][name] = content["services"]["jobs"]
    assert sorted(refusal(content).splitlines()) == [
        f"Service '{name}': is the name of something beside the services. Use another."
        for name in sorted(RESERVED)
    ]


def test_all_that_is_wrong_is_said_at_once(
    content: dict[str, Any], refusal: Callable[[Any], str]
) -> None:
    content["services"]["api"]["port"] = 1
    content["services"]["auth"]["owner"] = ""
    assert len(refusal(content).splitlines()) == 2


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"a: \xff")
    with pytest.raises(CatalogError, match="is not UTF-8 at byte 3"):
        load(binary)


def test_importing_the_catalogue_imports_nothing_heavy() -> None:
    """DAG files do it each time they are parsed: Airflow has imported the rest by then."""
    code = (
        "import sys, airflow.sdk; before = set(sys.modules); import fieldday.catalog;"
        "added = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*added - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=True,
        timeout=30 * PATIENCE,
    )
    assert set(done.stdout.split()) <= {"fieldday", "croniter"}
