"""The runbooks as pages: `make runbooks` writes each from the docstring of its DAG.

The docstring is read without importing the DAG, so no Airflow is needed. A test compares each page
with what is written here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Page -> the DAG's file, and the page that explains how it works.
_SOURCES = {
    "deployment": ("release", "releases"),
    "provisioning": ("provision", "provisioning"),
    "drift": ("drift_check", "provisioning"),
}


def pages(root: Path = ROOT) -> Mapping[Path, str]:
    """What each page should hold. Raises `ValueError`: a DAG has no docstring."""
    return {
        root / "runbooks" / f"{page}.md": _page(root, dag, explained)
        for page, (dag, explained) in _SOURCES.items()
    }


def _page(root: Path, dag: str, explained: str) -> str:
    path = root / "dags" / f"{dag}.py"
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if docstring is None:
        msg = f"dags/{dag}.py: has no docstring. Write the runbook there."
        raise ValueError(msg)
    return (
        f"<!-- Generated from the docstring of dags/{dag}.py by `make runbooks`. -->\n\n"
        f"{docstring}\n\n"
        f"The DAG: [dags/{dag}.py](../dags/{dag}.py). "
        f"How it works: [docs/{explained}.md](../docs/{explained}.md).\n"
    )


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
