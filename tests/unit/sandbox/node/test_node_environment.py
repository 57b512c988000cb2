"""Environment, downward API, volumes and what is started, from a pod's spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.node import volumes
from sandbox.node.downward import ConfigError, Downward
from sandbox.node.environment import build
from sandbox.node.launch import Root, StartError, prepare
from sandbox.node.sources import Sources
from sandbox.node.unsupported import problems

POD: dict[str, Any] = {
    "metadata": {
        "name": "p",
        "namespace": "n",
        "uid": "u",
        "labels": {"app": "api", "b": 'quote " and\nline'},
        "annotations": {"a/b": "c"},
    },
    "spec": {
        "nodeName": "fieldday",
        "serviceAccountName": "sa",
        "containers": [
            {
                "name": "main",
                "resources": {"limits": {"memory": "100Mi"}, "requests": {"cpu": "50m"}},
            }
        ],
    },
}
DOWNWARD = Downward(POD, "127.18.7.2", "127.18.7.1", {"cpu": "8", "memory": "1Gi"})


class Objects(Sources):
    """ConfigMaps and Secrets from a table in place of an API server."""

    def __init__(self, **found: dict[str, bytes]) -> None:
        object.__setattr__(self, "pod", POD)
        object.__setattr__(self, "found", found)

    async def config_map(self, name: str, *, optional: bool) -> dict[str, bytes]:
        return self._look("configmap", name, optional)

    async def secret(self, name: str, *, optional: bool) -> dict[str, bytes]:
        return self._look("secret", name, optional)

    async def token(self, audience: str, seconds: int) -> bytes:
        return f"token for {audience} of {seconds}".encode()

    def _look(self, kind: str, name: str, optional: bool) -> dict[str, bytes]:
        found: dict[str, dict[str, bytes]] = self.found  # type: ignore[attr-defined]
        if name in found:
            return found[name]
        if optional:
            return {}
        msg = f'{kind} "{name}" not found'
        raise ConfigError(msg)


CONF = {"A": b"1", "my.key": b"x", "settings.yaml": b"a: 1"}


async def values(container: dict[str, Any], **found: dict[str, bytes]) -> dict[str, str]:
    spec = {"name": "main", **container}
    return (await build(spec, Objects(**found), DOWNWARD, {"CLUSTER": "yes"})).values


async def test_later_sources_win_and_prefixes_count() -> None:
    found = await values(
        {
            "envFrom": [
                {"configMapRef": {"name": "one"}},
                {"configMapRef": {"name": "two"}},
                {"secretRef": {"name": "one"}, "prefix": "S_"},
            ],
            "env": [{"name": "B", "value": "env"}],
        },
        one={"A": b"1", "B": b"1"},
        two={"A": b"2"},
    )
    assert found == {"CLUSTER": "yes", "A": "2", "B": "env", "S_A": "1", "S_B": "1"}


async def test_references_see_what_is_before_them_in_env_only() -> None:
    found = await values(
        {
            "envFrom": [{"configMapRef": {"name": "conf"}}],
            "env": [
                {"name": "X", "value": "$(Y)"},
                {"name": "Y", "value": "$(CLUSTER)-$(X)-$$(X)"},
                {"name": "Z", "value": "$(A)"},
            ],
        },
        conf={"A": b"1"},
    )
    assert (found["X"], found["Y"], found["Z"]) == ("$(Y)", "yes-$(Y)-$(X)", "$(A)")


async def test_keys_that_are_no_names_are_skipped_and_said() -> None:
    spec = {"name": "main", "envFrom": [{"configMapRef": {"name": "conf"}}]}
    found = await build(spec, Objects(conf=CONF), DOWNWARD, {})
    assert found.values == {"A": "1"}
    assert found.skipped == ["my.key", "settings.yaml"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"envFrom": [{"configMapRef": {"name": "no"}}]}, 'configmap "no" not found'),
        ({"envFrom": [{"secretRef": {"name": "no"}}]}, 'secret "no" not found'),
        (
            {
                "env": [
                    {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "Q"}}}
                ]
            },
            "couldn't find key Q in ConfigMap n/conf",
        ),
        (
            {"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "conf", "key": "Q"}}}]},
            "couldn't find key Q in Secret n/conf",
        ),
        (
            {"env": [{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "spec.no"}}}]},
            "unsupported fieldPath: spec.no",
        ),
    ],
)
async def test_what_is_missing_has_the_kubelets_words(source: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        await values(source, conf=CONF)


async def test_optional_sources_may_be_missing() -> None:
    key = {"name": "no", "key": "x", "optional": True}
    found = await values(
        {
            "envFrom": [{"secretRef": {"name": "no", "optional": True}}],
            "env": [{"name": "X", "valueFrom": {"secretKeyRef": key}}],
        }
    )
    assert found == {"CLUSTER": "yes"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "p"),
        ("metadata.labels['app']", "api"),
        ("metadata.annotations['a/b']", "c"),
        ("metadata.annotations['none']", ""),
        ("metadata.labels", 'app="api"\nb="quote \\" and\\nline"'),
        ("spec.nodeName", "fieldday"),
        # The process binds what it is told, so it is told the address on the wire.
        ("status.podIP", "127.18.7.2"),
        ("status.hostIP", "127.18.7.1"),
    ],
)
def test_fields(path: str, value: str) -> None:
    assert DOWNWARD.field(path) == value


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ({"resource": "limits.memory"}, str(100 * 2**20)),
        ({"resource": "limits.memory", "divisor": "1Mi"}, "100"),
        ({"resource": "requests.cpu"}, "1"),
        ({"resource": "requests.cpu", "divisor": "1m"}, "50"),
        ({"resource": "limits.cpu"}, "8"),
        ({"resource": "requests.memory"}, "0"),
    ],
)
def test_resources(reference: dict[str, str], value: str) -> None:
    assert DOWNWARD.resource(reference, "main") == value


async def test_a_config_map_volume_with_items_and_modes() -> None:
    items = [{"key": "settings.yaml", "path": "deep/s.yaml", "mode": 0o400}]
    volume = {"name": "v", "configMap": {"name": "conf", "items": items, "defaultMode": 0o644}}
    found = await volumes.files(volume, Objects(conf=CONF), DOWNWARD)
    assert found == {"deep/s.yaml": volumes.File(b"a: 1", 0o400)}


async def test_the_service_accounts_volume() -> None:
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
        {"configMap": {"name": "ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {
            "downwardAPI": {
                "items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]
            }
        },
    ]
    volume = {"name": "v", "projected": {"sources": sources, "defaultMode": 0o600}}
    found = await volumes.files(volume, Objects(ca={"ca.crt": b"PEM"}), DOWNWARD)
    assert found is not None
    assert {name: file.content for name, file in found.items()} == {
        "token": b"token for  of 3607",
        "ca.crt": b"PEM",
        "namespace": b"n",
    }


async def test_an_empty_dir_has_no_content_of_ours() -> None:
    assert await volumes.files({"name": "v", "emptyDir": {}}, Objects(), DOWNWARD) is None


def test_a_volume_changes_all_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    assert volumes.write(folder, {"a": volumes.File(b"1", 0o644), "b/c": volumes.File(b"2", 0o600)})
    assert (folder / "a").read_bytes() == b"1"
    assert (folder / "b/c").read_bytes() == b"2"
    assert (folder / "b/c").stat().st_mode & 0o777 == 0o600
    before = (folder / "..data").readlink()
    assert not volumes.write(
        folder, {"a": volumes.File(b"1", 0o644), "b/c": volumes.File(b"2", 0o600)}
    )
    assert (folder / "..data").readlink() == before
    assert volumes.write(folder, {"a": volumes.File(b"3", 0o644)})
    assert (folder / "a").read_bytes() == b"3"
    assert sorted(entry.name for entry in folder.iterdir())[1:] == ["..data", "a"]


def test_mounts_are_where_the_spec_wants_them(tmp_path: Path) -> None:
    root, held = tmp_path / "rootfs", tmp_path / "volumes"
    (root / "etc/app").mkdir(parents=True)
    (root / "etc/app/shadowed").touch()
    volumes.write(held / "conf", {"s.yaml": volumes.File(b"1", 0o644)})
    (held / "work").mkdir()
    volumes.mount(
        root,
        held,
        [
            {"name": "work", "mountPath": "/etc/app/cache"},
            {"name": "work", "mountPath": "/data", "subPath": "sub"},
            {"name": "conf", "mountPath": "/etc/one.yaml", "subPath": "s.yaml"},
            {"name": "work", "mountPath": "/etc/app"},
        ],
    )
    assert not (root / "etc/app/shadowed").exists()
    assert (root / "etc/one.yaml").read_bytes() == b"1"
    (root / "data/file").touch()
    assert (held / "work/sub/file").exists()
    assert (root / "etc/app/cache").is_dir()


def test_a_sub_path_that_is_missing_is_said(tmp_path: Path) -> None:
    volumes.write(tmp_path / "volumes/conf", {"a": volumes.File(b"1", 0o644)})
    with pytest.raises(ConfigError, match="conf has no 'b'"):
        volumes.mount(
            tmp_path / "rootfs",
            tmp_path / "volumes",
            [{"name": "conf", "mountPath": "/x", "subPath": "b"}],
        )


IMAGE = {
    "Entrypoint": ["sh", "-c"],
    "Cmd": ["true"],
    "Env": ["PATH=/opt/bin:/usr/bin:/bin", "FROM_IMAGE=1", "BOTH=image"],
    "WorkingDir": "/app",
    "StopSignal": "SIGINT",
}


def launched(container: dict[str, Any], folder: Path, image: dict[str, Any] | None = None) -> Any:
    root = Root(folder / "rootfs", ("/etc/app",))
    (root.folder / "opt/bin").mkdir(parents=True, exist_ok=True)
    given = {"BOTH": "spec", "CONFIG": "/etc/app/s.yaml"}
    programs = folder / "bin"
    return prepare(
        container, IMAGE if image is None else image, root, given, {"MARK": "m"}, programs
    )


def test_the_images_command_and_folder(tmp_path: Path) -> None:
    found = launched({}, tmp_path)
    assert found.command[1:] == ("-c", "true")
    assert found.directory == tmp_path / "rootfs/app"
    assert found.directory.is_dir()
    assert found.stop_signal == 2


def test_the_specs_command_drops_the_images_arguments(tmp_path: Path) -> None:
    assert launched({"command": ["cat"]}, tmp_path).command[1:] == ()
    assert launched({"args": ["exit 1"]}, tmp_path).command[1:] == ("-c", "exit 1")


def test_words_are_expanded_and_rewritten(tmp_path: Path) -> None:
    found = launched({"command": ["cat", "$(CONFIG)", "--f=/etc/app/x", "$(NO)"]}, tmp_path)
    root = tmp_path / "rootfs"
    assert found.command[1:] == (f"{root}/etc/app/s.yaml", f"--f={root}/etc/app/x", "$(NO)")


def test_the_environment_of_image_spec_and_node(tmp_path: Path) -> None:
    found = launched({}, tmp_path).environment
    root = tmp_path / "rootfs"
    assert found["FROM_IMAGE"] == "1"
    assert found["BOTH"] == "spec"
    assert found["MARK"] == "m"
    assert found["CONFIG"] == f"{root}/etc/app/s.yaml"
    assert found["PATH"] == f"{root}/opt/bin:{tmp_path}/bin:/opt/bin:/usr/bin:/bin"


def test_a_program_of_the_image_comes_before_the_machines(tmp_path: Path) -> None:
    own = tmp_path / "rootfs/opt/bin/cat"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert launched({"command": ["cat"]}, tmp_path).command == (str(own),)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such"], 'exec: "no-such": executable file not found in \\$PATH'),
        (["/no/such"], 'exec: "/no/such": no such file or directory'),
        (["./no"], "no such file or directory"),
    ],
)
def test_a_missing_program_is_said(command: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=words):
        launched({"command": command}, tmp_path)


def test_no_command_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no command specified"):
        launched({}, tmp_path, {})


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"hostNetwork": True}, "spec.hostNetwork"),
        ({"runtimeClassName": "gvisor"}, "spec.runtimeClassName"),
        (
            {"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "/"}}]},
            "spec.volumes[1].hostPath",
        ),
        (
            {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "x"}}]},
            "spec.volumes[0].persistentVolumeClaim",
        ),
        (
            {"volumes": [{"name": "a", "projected": {"sources": [{"clusterTrustBundle": {}}]}}]},
            "spec.volumes[0].projected.sources[0].clusterTrustBundle",
        ),
        (
            {"containers": [{"name": "a", "ports": [{"containerPort": 1, "hostPort": 1}]}]},
            "spec.containers[0].ports[0].hostPort",
        ),
        (
            {"containers": [{"name": "a", "livenessProbe": {"grpc": {"port": 1}}}]},
            "spec.containers[0].livenessProbe.grpc",
        ),
        (
            {"initContainers": [{"name": "a", "volumeMounts": [{"name": "v", "mountPath": "/"}]}]},
            "spec.initContainers[0].volumeMounts[0].mountPath",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_name(spec: dict[str, Any], field: str) -> None:
    (problem,) = problems(spec)
    assert problem.startswith(f"{field}: not supported by the sandbox's node. ")


def test_what_only_guards_a_pod_is_accepted() -> None:
    guarded = {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "a",
                "securityContext": {
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
        "topologySpreadConstraints": [{}],
    }
    assert problems(guarded) == []
