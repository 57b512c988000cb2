"""What is a copy of the catalogue is as the catalogue has it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from fieldday.catalog import Catalog, load
from fieldday.catalog.__main__ import ROOT, table, with_table, write, written
from fieldday.catalog.charts import chart_files

WRITTEN = written(load())


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_copy_is_as_the_catalogue_has_it(path: Path) -> None:
    there = path.read_text() if path.exists() else "(nothing)"
    assert there == WRITTEN[path], f"{path.relative_to(ROOT)} differs. Run 'make catalog'."


def test_a_page_keeps_what_stands_around_its_table() -> None:
    page = WRITTEN[ROOT / "docs" / "services.md"]
    spoilt = page.replace("| critical |", "| batch |")
    assert spoilt != page
    assert with_table(spoilt, table(load())) == page


def test_a_new_service_gets_its_chart(tmp_path: Path) -> None:
    environments = Path("helm/service-library/environments")
    shutil.copytree(ROOT / environments, tmp_path / environments)
    catalog = load()
    for path in written(catalog):
        # What is only in part a copy is there before.
        if "helm" not in path.relative_to(ROOT).parts:
            (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tmp_path / path.relative_to(ROOT))
    page = tmp_path / "docs" / "services.md"
    fewer = Catalog({name: catalog[name] for name in ("auth", "conditions")})
    assert tmp_path / "helm" / "auth" / "values.yaml" in write(fewer, tmp_path)
    assert write(fewer, tmp_path) == []
    changed = write(Catalog({**fewer.services, "analytics": catalog["analytics"]}), tmp_path)
    assert page in changed
    compose = tmp_path / "docker-compose.yaml"
    assert compose in changed
    assert "  analytics:\n    <<: *service\n" in compose.read_text()
    assert {path.parent for path in changed} >= {tmp_path / "helm" / "analytics"}
    # `auth` is called by one more; nothing changes for `conditions`.
    assert not [path for path in changed if "conditions" in path.parts]
    for path, text in written(catalog).items():
        if "analytics" in path.parts and path.name != "values.yaml":
            assert (tmp_path / path.relative_to(ROOT)).read_text() == text


def test_the_table_has_a_row_for_each_service() -> None:
    rows = [line.split("`")[1] for line in table(load()).splitlines() if line.startswith("| `")]
    tasks = [name for name, service in load().services.items() for _ in service.tasks]
    assert rows == [*load().names, *load().names, *tasks]


def test_every_key_of_the_catalogue_is_described() -> None:
    schema = json.loads(WRITTEN[ROOT / "catalog.schema.json"])
    for name, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False
        for key, value in definition["properties"].items():
            # A key that says the same as its type leaves it to that.
            described = value | schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
            assert described.get("description"), f"{name}.{key}: has no description"


def test_the_chart_of_a_service_that_is_not_python_has_its_commands() -> None:
    command, asks = ("/app/server", "task"), ("/app/server", "ask", "$(URL)")
    api = replace(load()["api"], task_command=command, test_command=asks)
    texts = chart_files(Catalog({**load().services, "api": api}), ROOT / "helm")
    values = yaml.safe_load(texts[ROOT / "helm" / "api" / "values.yaml"])
    assert values["cron"]["command"] == [*command]
    assert values["test"]["command"] == [*asks]
