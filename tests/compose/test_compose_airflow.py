"""Airflow in docker-compose.yaml is told all that the pipelines ask for."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from fieldday.settings import Settings
from sandbox.layout import Layout
from sandbox.parts import airflow_settings
from sandbox.parts.context import Context
from tests.compose.reading import ROOT, containers, example

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
PLUGINS = ROOT / "plugins"


def _environment(component: str) -> dict[str, str]:
    environment: dict[str, str] = containers()[f"airflow-{component}"]["environment"]
    return environment


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "compose/airflow" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_setting_of_the_library_is_given(component: str) -> None:
    texts = [path.read_text() for path in PLUGINS.rglob("*.py")]
    read = {name for text in texts for name in re.findall(r"\bFIELDDAY_[A-Z_]+", text)}
    assert {"FIELDDAY_CHECKOUT", "FIELDDAY_CATALOG"} <= read
    assert read == {name for name in _environment(component) if name.startswith("FIELDDAY_")}
    settings = Settings.from_env(_environment(component))
    assert settings.approvals.approvers == ("approver", "admin")


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_connection_of_the_library_is_given(component: str) -> None:
    text = "\n".join(path.read_text() for path in (PLUGINS / "fieldday/airflow").glob("*.py"))
    asked = set(re.findall(r'^[A-Z]+ = "(\w+_default)"', text, re.MULTILINE))
    given = {
        name.removeprefix("AIRFLOW_CONN_").lower(): json.loads(value)
        for name, value in _environment(component).items()
        if name.startswith("AIRFLOW_CONN_")
    }
    assert asked == set(given)
    for name, connection in given.items():
        host = re.search(r"//([a-z.-]+):", str(connection))
        assert host is None or host[1] in containers(), f"{name}: {host}"


def test_it_is_told_what_the_sandboxs_airflow_is(tmp_path: Path) -> None:
    """But for what tunes a sandbox, where everything has to be quick."""
    sandbox = airflow_settings.environment(Context.of(Layout(tmp_path)))
    tuning = "SCHEDULER|WORKERS|TRIGGERER|DAG_PROCESSOR|LOGGING"
    own = {
        *("AIRFLOW_HOME", "AIRFLOW__API__HOST", "AIRFLOW__API__PORT"),
        *("AIRFLOW__CORE__HOSTNAME_CALLABLE", "AIRFLOW__CORE__PARALLELISM"),
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL",
    }
    expected = {
        name
        for name in sandbox
        if name.startswith("AIRFLOW") and not re.match(f"AIRFLOW__({tuning})__", name)
    } - own
    there = {name for name in _environment("worker") if name.startswith("AIRFLOW")}
    assert {name for name in there if "__CELERY__" not in name} == expected
    users = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"
    assert _environment("api-server")[users] == sandbox[users]


def test_its_files_are_where_it_looks() -> None:
    for component in COMPONENTS:
        mounts = {v.split(":")[1] for v in containers()[f"airflow-{component}"]["volumes"]}
        environment = _environment(component)
        for name in ("AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER"):
            assert environment[name] in mounts
        assert environment["FIELDDAY_CATALOG"] in mounts
    worker = {v.split(":")[1] for v in containers()["airflow-worker"]["volumes"]}
    assert {environment["KUBECONFIG"], environment["FIELDDAY_REPORTS_DIR"]} <= worker
    assert {f"/opt/fieldday/{name}" for name in ("helm", "services", "tests/e2e")} <= worker


def test_its_packages_are_those_of_the_lock() -> None:
    def pins(path: str) -> dict[str, str]:
        lines = (ROOT / path).read_text().splitlines()
        return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", "\n".join(lines), re.MULTILINE))

    image, locked = pins("compose/airflow/requirements.txt"), pins("requirements.txt")
    assert set(locked) - set(image) <= {"colorama"}
    differs = {n for n in locked.keys() & image.keys() if locked[n] != image[n]}
    # What Python 3.11 has of another version.
    assert differs <= {"deprecated", "soupsieve"}, "Make compose/airflow/requirements.txt again."
    text = (ROOT / "compose/airflow/requirements.in").read_text()
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE):
        assert image[name] == version
    for name, version in pins("services/reference/requirements.in").items():
        assert image[name] == version
    bases = (ROOT / "compose/airflow/Dockerfile").read_text()
    assert f"apache/airflow:slim-{locked['apache-airflow']}-python3.13" in bases
    assert containers()["airflow-worker"]["image"] == f"fieldday/airflow:{locked['apache-airflow']}"


def test_images_are_built_on_the_python_that_fills_them() -> None:
    """A release installs packages by the worker's Python, for the image's."""
    base = _environment("worker")["FIELDDAY_IMAGE_BASE"]
    assert f"FROM {base}\n" in (ROOT / "services/reference/Dockerfile").read_text()
    python = re.search(r"python:(3\.\d+)\.", base)
    assert python is not None
    assert f"-python{python[1]}" in (ROOT / "compose/airflow/Dockerfile").read_text()


def test_every_user_has_a_password() -> None:
    environment = containers()["airflow-init"]["environment"]
    made = _script("init").passwords(environment)
    assert set(made) == {"viewer", "operator", "approver", "admin"}
    assert set(made.values()) == {example()["AIRFLOW_PASSWORD"]}
    assert all("AIRFLOW_PASSWORD" not in _environment(component) for component in COMPONENTS)


def test_a_component_is_well_when_the_api_server_says_so() -> None:
    healthy = _script("healthy").is_healthy
    answer = {"scheduler": {"status": "healthy"}, "triggerer": {"status": None}}
    assert healthy(answer, "scheduler")
    assert not healthy(answer, "triggerer")
    assert not healthy(answer, "dag_processor")


def test_a_component_asks_for_its_own_health() -> None:
    answers = {"metadatabase", "scheduler", "dag_processor", "triggerer"}
    checks = [containers()[f"airflow-{c}"]["healthcheck"]["test"] for c in COMPONENTS[:-1]]
    assert {check[-1] for check in checks} == answers


def test_no_cluster_is_a_kubeconfig_too() -> None:
    content = yaml.safe_load((ROOT / "compose/airflow/no-cluster.yaml").read_text())
    assert (content["kind"], content["clusters"]) == ("Config", [])


def test_the_image_is_built_from_what_it_copies() -> None:
    """`.dockerignore` keeps everything else out: .env above all."""
    copied = re.findall(
        r"^COPY (?!--from)(\S+)",
        (ROOT / "compose/airflow/Dockerfile").read_text(),
        re.MULTILINE,
    )
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    files = {line[1:] for line in lines if line.startswith("!") and (ROOT / line[1:]).is_file()}
    assert files == set(copied)
    reference = ROOT / "services/reference"
    seen = {
        line[1:]
        for line in (reference / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    text = (reference / "Dockerfile").read_text()
    assert seen == set(re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE))
