"""`down` where nothing runs, and what a purge keeps."""

from __future__ import annotations

import pytest

from sandbox import cli
from sandbox.layout import CHECKOUT, Layout
from sandbox.parts.context import Context


@pytest.fixture(autouse=True)
def here(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The commands are about this sandbox."""
    monkeypatch.setenv("FIELDDAY_SANDBOX_ROOT", str(layout.root))
    return layout


def test_down_where_there_is_nothing_makes_nothing(
    capsys: pytest.CaptureFixture[str], here: Layout
) -> None:
    assert cli.main(["down"]) == 0
    assert capsys.readouterr().out == "There is no sandbox here.\n"
    assert not here.root.exists()


def test_down_where_nothing_runs(capsys: pytest.CaptureFixture[str], here: Layout) -> None:
    Context.of(here)
    assert cli.main(["down"]) == 0
    assert capsys.readouterr().out == "Nothing was running.\n"
    assert (here.root / "ports.json").exists()


def test_a_purge_keeps_what_was_built_only(
    capsys: pytest.CaptureFixture[str], here: Layout
) -> None:
    for name in ("bin", "go", "data", "logs"):
        (here.folder(here.root / name) / "file").touch()
    (here.root / "link").symlink_to(CHECKOUT)
    assert Context.of(here).secrets["valkey"]
    assert cli.main(["down", "--purge"]) == 0
    assert capsys.readouterr().out == "Nothing was running; its data is removed.\n"
    assert {path.name for path in here.root.iterdir()} == {"bin", "go", "up.lock"}
    assert CHECKOUT.is_dir()


@pytest.mark.parametrize("name", ["ports.json", "secrets.json"])
@pytest.mark.parametrize("content", ["{", "[]"])
def test_the_mend_of_damaged_files_mends_them(
    capsys: pytest.CaptureFixture[str], here: Layout, name: str, content: str
) -> None:
    assert Context.of(here).secrets["valkey"]
    path = here.root / name
    path.write_text(content)
    assert cli.main(["status"]) == 1
    assert "make down PURGE=1" in capsys.readouterr().err
    assert path.read_text() == content
    assert cli.main(["down", "--purge"]) == 0
    assert not path.exists()
    assert cli.main(["status", "--json"]) == 0
