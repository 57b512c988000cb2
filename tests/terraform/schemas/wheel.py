"""The generated JavaScript inside the wheel of a provider's CDK Terrain bindings.

Such a wheel carries the provider's whole schema, as one folder of classes for each resource type.
"""

from __future__ import annotations

import re
import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

_VERSION = re.compile(r"providerVersion: '([^']+)'")


def read_bindings(folder: Path) -> dict[str, str]:
    """The code of each folder of the bindings, from where a wheel was unpacked.

    Raises FileNotFoundError: there are no bindings in it.
    """
    archive = next(folder.glob("**/_jsii/*.jsii.tgz"), None)
    if archive is None:
        msg = f"{folder}: no bindings (*.jsii.tgz) in it. Remove it and build the mirror anew."
        raise FileNotFoundError(msg)
    code: defaultdict[str, str] = defaultdict(str)
    with tarfile.open(archive, "r:gz") as packed:
        for member in packed:
            path = PurePosixPath(member.name)
            if not _is_code(path) or (content := packed.extractfile(member)) is None:
                continue
            text, _, _ = content.read().decode().partition("//# sourceMappingURL")
            code[path.parts[2]] += f"{text}\n"
    return dict(code)


def _is_code(path: PurePosixPath) -> bool:
    """Whether it is `package/lib/<resource>/...`; `index-structs/index.*` only names others."""
    if path.parts[:2] != ("package", "lib") or len(path.parts) < 4:
        return False
    if path.parts[3] == "index-structs" and path.name.startswith("index."):
        return False
    return path.name.endswith((".js", ".d.ts"))


def provider_version(code: dict[str, str]) -> str:
    """The provider's version that the bindings were made from, such as `6.69.1`.

    Raises ValueError: they name none, or more than one.
    """
    versions = {match[1] for text in code.values() if (match := _VERSION.search(text))}
    if len(versions) != 1:
        msg = (
            f"bindings: one provider version expected, {sorted(versions)} found. Pin another wheel."
        )
        raise ValueError(msg)
    return versions.pop()
