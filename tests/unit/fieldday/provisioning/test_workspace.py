"""A run's copy of a root has all that the root reads, and stays in the run's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldday.errors import Permanent
from fieldday.provisioning.root_module import Root
from fieldday.provisioning.workspace import Workspace, errored_states
from fieldday.settings import CHECKOUT

CATALOG = (CHECKOUT / "catalog.yaml").read_text()


@pytest.mark.parametrize(
    ("root", "catalog"),
    [("terraform", "../catalog.yaml"), ("terraform/gcp", "../../catalog.yaml")],
)
def test_the_catalogue_is_where_the_root_reads_it(tmp_path: Path, root: str, catalog: str) -> None:
    workspace = Workspace.of(tmp_path, "staging", "run-1")
    workspace.prepare(CHECKOUT / root)
    assert (workspace.root / catalog).read_text() == CATALOG
    assert [path.name for path in tmp_path.iterdir()] == ["staging"]
    assert [path.name for path in (tmp_path / "staging").iterdir()] == ["run-1"]


def test_a_root_that_reads_nothing_beside_it_is_alone(tmp_path: Path) -> None:
    assert Root(CHECKOUT / "terraform" / "local").beside == ()
    workspace = Workspace.of(tmp_path, "staging", "run-1")
    workspace.prepare(CHECKOUT / "terraform" / "local")
    assert list(workspace.root.parent.iterdir()) == [workspace.root]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_shared_module_comes_with_what_it_reads(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    write(checkout / "roots/a/main.tf", 'module "m" {\n  source = "../../modules/m"\n}\n')
    write(checkout / "modules/m/main.tf", 'x = file("${path.module}/../../data/x.json")\n')
    write(checkout / "modules/m/tests/x.tftest.hcl", "")
    write(checkout / "data/x.json", "{}")
    write(checkout / "data/unread.json", "{}")
    workspace = Workspace.of(tmp_path / "work", "staging", "run-1")
    workspace.prepare(checkout / "roots/a")
    module = workspace.root / "../../modules/m"
    assert [path.name for path in module.iterdir()] == ["main.tf"]
    assert [path.name for path in (module / "../../data").iterdir()] == ["x.json"]


def test_what_is_too_far_above_is_not_copied_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "a/b/c/d/root/main.tf", 'x = file("${path.root}/../../../../x.json")\n')
    write(tmp_path / "a/x.json", "{}")
    workspace = Workspace.of(tmp_path / "work", "staging", "run-1")
    with pytest.raises(Permanent, match=r"root: reads \.\./\.\./\.\./\.\./x\.json, too far above"):
        workspace.prepare(tmp_path / "a/b/c/d/root")


def test_a_state_that_could_not_be_stored_outlives_a_new_copy(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path, "staging", "run-1")
    workspace.prepare(CHECKOUT / "terraform")
    assert errored_states(tmp_path, "staging") == []
    workspace.errored_state.write_text("a state")
    workspace.prepare(CHECKOUT / "terraform")
    assert workspace.errored_state.read_text() == "a state"
    assert errored_states(tmp_path, "staging") == [workspace]


def test_what_a_plan_made_is_put_back_where_the_apply_looks(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path, "staging", "run-1")
    workspace.prepare(CHECKOUT / "terraform")
    workspace.put_back(".terraform/functions/rotate.zip", b"a function")
    assert workspace.made() == {".terraform/functions/rotate.zip": b"a function"}
