"""What people do with kubectl works: rollouts, logs, drain, top."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import psutil
import pytest

from sandbox.addresses import wire
from tests.patience import PATIENCE
from tests.sandbox.cluster import Cluster

pytestmark = pytest.mark.sandbox

# The classes of conftest.py, which cannot be imported from here.

Eventually = Callable[..., None]


def url(pod: dict[str, Any], path: str = "/") -> str:
    return f"http://{wire(pod['status']['podIP'])}:8080{path}"


def get(pod: dict[str, Any], path: str = "/") -> httpx.Response:
    return httpx.get(url(pod, path), timeout=3 * PATIENCE, trust_env=False)


def test_a_deployment_is_ready_and_leaves_nothing_behind(
    cluster: Cluster,
    eventually: Eventually,
    processes: Callable[[str], list[psutil.Process]],
) -> None:
    cluster.apply(cluster.deployment("web", replicas=2))
    cluster.ready("web")
    pods = cluster.pods("web")
    assert [get(pod).text for pod in pods] == [pod["metadata"]["name"] for pod in pods]
    uids = [pod["metadata"]["uid"] for pod in pods]
    assert all(processes(uid) for uid in uids)
    cluster.run("delete", "deployment", "web", "--wait=true", "--cascade=foreground")
    eventually(lambda: not any(processes(uid) for uid in uids))


def test_logs_follow_until_the_end(cluster: Cluster, eventually: Eventually) -> None:
    cluster.apply(cluster.deployment("web"))
    cluster.ready("web")
    (pod,) = cluster.pods("web")
    name = pod["metadata"]["name"]
    following = cluster.start("logs", "--follow", name)
    assert following.stdout
    assert following.stdout.readline() == "up\n"
    get(pod, "/say/hello")
    assert following.stdout.readline() == "hello\n"
    for word in ("one", "two"):
        get(pod, f"/say/{word}")
    eventually(lambda: "two" in cluster.run("logs", name))
    assert cluster.run("logs", name, "--tail=2") == "one\ntwo\n"
    assert cluster.run("logs", name, "--limit-bytes=4") == "up\nh"
    stamped = cluster.run("logs", name, "--timestamps", "--tail=1")
    stamp, _, text = stamped.partition(" ")
    assert text == "two\n"
    assert cluster.run("logs", name, f"--since-time={stamp}").endswith("two\n")
    assert cluster.run("logs", name, "--since=1h").startswith("up\n")
    cluster.run("delete", "pod", name)
    assert following.communicate(timeout=20 * PATIENCE)[0].endswith("two\nbye\n")


def test_the_log_before_a_restart(cluster: Cluster, eventually: Eventually) -> None:
    script = 'test -e "$WORK/second" && exec sleep 600; touch "$WORK/second"; echo first; exit 3'
    pod = cluster.pod(
        "twice",
        ["sh", "-c", script],
        env=[{"name": "WORK", "value": "/work"}],
        volumeMounts=[{"name": "work", "mountPath": "/work"}],
    )
    pod["spec"]["volumes"] = [{"name": "work", "emptyDir": {}}]
    cluster.apply(pod)
    eventually(lambda: cluster.container("twice").get("restartCount") == 1)
    eventually(lambda: "running" in cluster.container("twice")["state"])
    assert cluster.run("logs", "twice", "--previous") == "first\n"
    assert cluster.run("logs", "twice") == ""
    assert cluster.container("twice")["lastState"]["terminated"]["exitCode"] == 3
    refused = cluster.run("logs", "twice", "--container=no", check=False)
    assert "container no is not valid for pod twice" in refused


def test_a_bad_rollout_keeps_the_old_version_and_is_undone(
    cluster: Cluster, eventually: Eventually
) -> None:
    cluster.apply(cluster.deployment("web", replicas=2))
    cluster.ready("web")
    old = {pod["metadata"]["name"] for pod in cluster.pods("web")}
    cluster.run("set", "env", "deployment/web", "NEVER_READY=1")
    said = cluster.run("rollout", "status", "deployment/web", "--timeout=3s", check=False)
    assert "timed out" in said
    eventually(lambda: len(cluster.pods("web")) == 3)
    serving = {p["metadata"]["name"] for p in cluster.pods("web") if get(p, "/readyz").is_success}
    assert serving == old
    cluster.run("rollout", "undo", "deployment/web")
    cluster.ready("web")
    eventually(lambda: {pod["metadata"]["name"] for pod in cluster.pods("web")} == old)


def test_drain_respects_a_disruption_budget(cluster: Cluster) -> None:
    cluster.apply(cluster.deployment("web", replicas=2))
    cluster.ready("web")
    node = cluster.pods("web")[0]["spec"]["nodeName"]
    cluster.run("create", "pdb", "web", "--selector=app=web", "--min-available=2")
    # The one node carries everything else as well: only these pods are drained.
    drain = ("drain", node, "--pod-selector=app=web", "--timeout=3s")
    try:
        said = cluster.run(*drain, check=False)
        assert "Cannot evict pod as it would violate the pod's disruption budget" in said
        assert len(cluster.pods("web")) == 2
        cluster.run("delete", "pdb", "web")
        cluster.run("create", "pdb", "web", "--selector=app=web", "--min-available=0")
        cluster.run(*drain[:-1], "--timeout=300s")
        assert all(pod["status"]["phase"] == "Pending" for pod in cluster.pods("web"))
    finally:
        cluster.run("uncordon", node)
    cluster.ready("web")


def test_top_shows_what_is_used(cluster: Cluster, eventually: Eventually) -> None:
    cluster.apply(cluster.deployment("web"))
    cluster.ready("web")
    eventually(lambda: "web-" in cluster.run("top", "pods", check=False))
    name, cpu, memory = cluster.run("top", "pods", "--no-headers").split()
    assert name.startswith("web-")
    assert cpu.endswith("m")
    assert 5 < int(memory.removesuffix("Mi")) < 60
    assert cluster.run("top", "pods", "--selector=app=other", check=False).startswith(
        "No resources"
    )
    columns = cluster.run("top", "nodes", "--no-headers").split()
    assert columns[1].endswith("m")
    assert columns[2].endswith("%")


def test_exec_says_that_it_is_not_supported(cluster: Cluster) -> None:
    cluster.apply(cluster.deployment("web"))
    cluster.ready("web")
    said = cluster.run("exec", "deployment/web", "--", "true", check=False)
    assert "exec: not supported by the sandbox's node" in said


def test_deletion_runs_the_hook_then_signals_then_ends(
    cluster: Cluster, eventually: Eventually, tmp_path: Any
) -> None:
    notes = tmp_path / "notes"
    script = (
        f"trap 'echo term >>{notes}; exit 0' TERM; echo up >>{notes}; while :; do sleep 0.05; done"
    )
    hook = {
        "exec": {"command": ["sh", "-c", f"echo hook >>{notes}; sleep 0.5; echo over >>{notes}"]}
    }
    cluster.apply(cluster.pod("hooked", ["sh", "-c", script], lifecycle={"preStop": hook}))
    eventually(lambda: notes.exists() and notes.read_text() == "up\n")
    cluster.run("delete", "pod", "hooked")
    assert notes.read_text() == "up\nhook\nover\nterm\n"


def test_a_pod_that_does_not_end_is_killed_after_its_grace(
    cluster: Cluster, eventually: Eventually, processes: Callable[[str], list[psutil.Process]]
) -> None:
    command = ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"]
    patient = cluster.pod("patient", command)
    patient["spec"]["terminationGracePeriodSeconds"] = 3600
    cluster.apply(cluster.pod("deaf", command), patient)
    for name in ("deaf", "patient"):
        eventually(lambda name=name: cluster.run("logs", name, check=False) == "up\n")  # type: ignore[misc]
    uid = cluster.get("pod", "patient")["metadata"]["uid"]
    cluster.run("delete", "pod", "deaf", "patient", "--wait=false")
    began = time.monotonic()
    cluster.run("wait", "--for=delete", "pod/deaf", "--timeout=400s")
    # Its grace are three seconds, less what passed before the clock was read.
    assert time.monotonic() - began > 1
    assert processes(uid)
    cluster.run("delete", "pod", "patient", "--force", "--grace-period=0")


def test_a_forced_deletion_leaves_no_process(
    cluster: Cluster, eventually: Eventually, processes: Callable[[str], list[psutil.Process]]
) -> None:
    cluster.apply(cluster.pod("forced", ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]))
    eventually(lambda: cluster.container("forced").get("ready"))
    uid = cluster.get("pod", "forced")["metadata"]["uid"]
    assert processes(uid)
    cluster.run("delete", "pod", "forced", "--force", "--grace-period=0")
    eventually(lambda: not processes(uid))
