"""Which parts come up when some are asked for."""

from __future__ import annotations

import pytest

from sandbox.errors import SandboxError
from sandbox.parts.all import with_needs
from sandbox.parts.part import Part


def part(name: str, *needs: str) -> Part:
    return Part(name, (name,), "", lambda: True, needs)


PARTS = (
    part("etcd"),
    part("kube-apiserver", "etcd"),
    part("node", "kube-apiserver", "registry"),
    part("registry"),
    part("postgresql"),
    part("airflow-scheduler", "postgresql"),
    part("airflow-triggerer", "postgresql"),
)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (["registry"], ["registry"]),
        (["node"], ["etcd", "kube-apiserver", "node", "registry"]),
        (["registry", "node"], ["etcd", "kube-apiserver", "node", "registry"]),
        (["airflow"], ["postgresql", "airflow-scheduler", "airflow-triggerer"]),
        (["airflow-triggerer"], ["postgresql", "airflow-triggerer"]),
        ([], []),
    ],
)
def test_a_part_comes_with_what_it_needs(asked: list[str], wanted: list[str]) -> None:
    assert [part.name for part in with_needs(PARTS, asked)] == wanted


@pytest.mark.parametrize("name", ["nodes", "", "air", "airflow-"])
def test_what_is_no_part_is_refused(name: str) -> None:
    with pytest.raises(SandboxError) as caught:
        with_needs(PARTS, ["registry", name])
    assert str(caught.value).startswith(f"{name}: there is no such part. There are etcd, kube-")
