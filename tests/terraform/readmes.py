"""Modules' READMEs: the text above the mark is written by hand, the rest is generated."""

from __future__ import annotations

import re
from pathlib import Path

from tests.terraform.reading import Module, read_module
from tests.terraform.targets import TERRAFORM, Target, find_targets

_CALL = re.compile(r"^module .*?^\}", re.DOTALL | re.MULTILINE)
_MARK = "<!-- Generated from the module by `make terraform-readmes`. -->"


def write_readmes() -> list[Path]:
    """Write all READMEs; returns those that have changed."""
    changed = []
    for target in documented():
        path = target.folder / "README.md"
        text = readme(target.folder)
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
            changed.append(path)
    return changed


def documented(tree: Path = TERRAFORM) -> list[Target]:
    """The targets that have a README: all modules."""
    return [target for target in find_targets(tree) if target.kind == "module"]


def readme(folder: Path) -> str:
    """What a module's README is to be."""
    path = folder / "README.md"
    written = path.read_text().partition(_MARK)[0].strip() if path.is_file() else ""
    parts = [written or f"# {folder.name}", _MARK, *_parts(folder, read_module(folder))]
    return "\n\n".join(parts) + "\n"


def _parts(folder: Path, module: Module) -> list[str]:
    parts = []
    example = folder / "examples" / "basic" / "main.tf"
    if example.is_file():
        parts += ["## Example", f"```hcl\n{_call(example.read_text(), folder.name)}\n```"]
        parts += ["The full example: [examples/basic](examples/basic/main.tf)."]
    requires = [f"Terraform or OpenTofu {module.terraform}"]
    requires += [f"{name} {version}" for name, version in sorted(module.providers.items())]
    parts += ["## Requires", "\n".join(f"- {line}" for line in requires)]
    parts += ["## Inputs", _inputs(module)]
    parts += ["## Outputs", _outputs(module)]
    parts += ["## Resources", "\n".join(f"- `{name}`" for name in module.resources)]
    if module.skips:
        rows = [f"| {check} | {_cell(reason)} |" for check, reason in module.skips]
        parts += ["## Skipped checkov rules", _table("| check | why |", rows)]
    return parts


def _call(example: str, name: str) -> str:
    """The part of an example that calls modules, as a root two folders up would write it."""
    calls = "\n\n".join(_CALL.findall(example)) or example.strip()
    return calls.replace('"../.."', f'"./modules/{name}"')


def _inputs(module: Module) -> str:
    rows = []
    for variable in module.variables:
        default = "required" if variable.default is None else f"`{_cell(variable.default)}`"
        note = " Sensitive." if variable.is_sensitive else ""
        rows.append(
            f"| `{variable.name}` | {_cell(variable.description)}{note} | "
            f"`{_cell(variable.type)}` | {default} |"
        )
    return _table("| name | what | type | default |", rows)


def _outputs(module: Module) -> str:
    rows = []
    for output in module.outputs:
        note = " Sensitive." if output.is_sensitive else ""
        rows.append(f"| `{output.name}` | {_cell(output.description)}{note} |")
    return _table("| name | what |", rows)


def _table(head: str, rows: list[str]) -> str:
    rule = "| " + " | ".join("---" for _ in range(head.count("|") - 1)) + " |"
    return "\n".join([head, rule, *rows]) if rows else "None."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
