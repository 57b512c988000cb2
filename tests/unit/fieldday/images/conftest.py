"""A `crane` that keeps manifests as files, where no registry is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

_CRANE = """#!{python}
import hashlib, json, os, sys
folder = {folder!r}
def path(name): return os.path.join(folder, name.replace("/", "_"))
def keep(name, content):
    with open(path(name), "w") as file:
        file.write(content)
def read(name):
    try:
        return open(path(name)).read()
    except FileNotFoundError:
        sys.exit(print("Error: MANIFEST_UNKNOWN: not here", file=sys.stderr) or 1)
if os.path.exists(path("broken")):
    print(open(path("broken")).read(), file=sys.stderr)
    sys.exit(1)
verb, *words = sys.argv[1:]
if verb == "digest":
    print(read(words[0]))
elif verb == "append":
    layers = [words[i + 1] for i, w in enumerate(words) if w == "--new_layer"]
    text = "".join(hashlib.sha256(open(l, "rb").read()).hexdigest() for l in layers)
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    name = words[words.index("--new_tag") + 1]
    keep(name, digest)
    print(name.rpartition(":")[0] + "@" + digest)
elif verb == "mutate":
    repository, _, _ = words[0].partition("@")
    digest = "sha256:" + hashlib.sha256(json.dumps(words).encode()).hexdigest()
    labels = dict(words[i + 1].split("=", 1) for i, w in enumerate(words) if w == "--label")
    keep(repository + "@" + digest + "-config", json.dumps({{"config": {{"Labels": labels}}}}))
    print(repository + "@" + digest if not os.path.exists(path("silent")) else "")
elif verb == "config":
    repository, _, tag = words[0].rpartition(":")
    print(read(repository + "@" + read(words[0]) + "-config"))
elif verb == "tag":
    repository, _, digest = words[0].partition("@")
    keep(repository + ":" + words[1], digest)
"""


@pytest.fixture
def crane(_programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with what the registry has; a file `broken` there is what crane says instead."""
    folder, programs = tmp_path / "registry", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    program = programs / "crane"
    program.write_text(_CRANE.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's programs are on the PATH, as where the pipelines run."""
    here = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", f"{here}{os.pathsep}{os.environ['PATH']}")
