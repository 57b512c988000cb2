"""The node and the API server die and come back: no pod lost, none twice, nothing forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import httpx
import psutil
import pytest

from sandbox.addresses import wire
from sandbox.parts.context import Context
from tests.patience import PATIENCE
from tests.sandbox.cluster import Cluster

pytestmark = pytest.mark.sandbox

Eventually = Callable[..., None]
Processes = Callable[[str], list[psutil.Process]]
NodeProcess = Callable[[], psutil.Process | None]


@pytest.fixture
def kill_node(node_process: NodeProcess, eventually: Eventually) -> Callable[[], None]:
    """kill -9 of the node; it is there again afterwards."""

    def kill() -> None:
        before = node_process()
        assert before
        before.kill()

        def back() -> bool:
            now = node_process()
            return now is not None and now.pid != before.pid

        eventually(back)

    return kill


def test_a_killed_node_takes_up_its_pods(
    cluster: Cluster,
    eventually: Eventually,
    processes: Processes,
    kill_node: Callable[[], None],
) -> None:
    cluster.apply(cluster.deployment("web", replicas=2))
    cluster.ready("web")
    pods = cluster.pods("web")
    before = {pod["metadata"]["uid"]: processes(pod["metadata"]["uid"]) for pod in pods}
    name = pods[0]["metadata"]["name"]
    said = cluster.run("logs", name, "--timestamps")
    kill_node()
    for pod in pods:
        address = wire(pod["status"]["podIP"])
        assert httpx.get(
            f"http://{address}:8080/", timeout=3 * PATIENCE, trust_env=False
        ).is_success
    eventually(lambda: cluster.run("logs", name, "--timestamps", check=False) == said)
    for pod in cluster.pods("web"):
        uid = pod["metadata"]["uid"]
        assert processes(uid) == before[uid]
        (container,) = pod["status"]["containerStatuses"]
        assert (container["restartCount"], container["ready"]) == (0, True)
    # They are looked after again: one that ends is started again, and counted.
    uid = pods[0]["metadata"]["uid"]
    before[uid][0].kill()
    eventually(lambda: cluster.container(name)["restartCount"] == 1)
    eventually(lambda: cluster.container(name)["ready"])
    assert cluster.container(name)["lastState"]["terminated"]["exitCode"] == 137


def test_what_ends_while_the_node_is_away_is_told_afterwards(
    cluster: Cluster, eventually: Eventually, processes: Processes, node_process: NodeProcess
) -> None:
    script = "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done"
    pod = cluster.pod("brief", ["sh", "-c", script])
    pod["spec"]["restartPolicy"] = "Never"
    cluster.apply(pod)
    eventually(lambda: cluster.run("logs", "brief", check=False) == "up\n")
    node = node_process()
    assert node
    node.suspend()
    # The first is the container's own; what it has started comes after it.
    processes(cluster.get("pod", "brief")["metadata"]["uid"])[0].terminate()
    node.kill()
    eventually(lambda: cluster.get("pod", "brief")["status"]["phase"] == "Failed")
    assert cluster.container("brief")["state"]["terminated"]["exitCode"] == 7
    assert cluster.run("logs", "brief") == "up\n"


def test_a_pod_that_is_gone_when_the_node_comes_back_is_ended(
    cluster: Cluster, eventually: Eventually, processes: Processes, node_process: NodeProcess
) -> None:
    cluster.apply(cluster.pod("gone", ["sleep", "600"]))
    eventually(lambda: cluster.container("gone").get("ready"))
    uid = cluster.get("pod", "gone")["metadata"]["uid"]
    node = node_process()
    assert node
    node.suspend()
    cluster.run("delete", "pod", "gone", "--force", "--grace-period=0")
    assert processes(uid)
    node.kill()
    eventually(lambda: not processes(uid))


@contextmanager
def busy(cluster: Cluster, loops: int) -> Iterator[None]:
    """Processes that take all the CPU they can get."""
    script = "&".join(["while :; do :; done"] * loops)
    cluster.apply(cluster.pod("busy", ["sh", "-c", script]))
    yield
    cluster.run("delete", "pod", "busy", "--grace-period=1")


def test_the_lease_is_renewed_under_load(cluster: Cluster, eventually: Eventually) -> None:
    def renewed() -> float:
        lease = cluster.get("lease", "fieldday", "--namespace=kube-node-lease")
        return datetime.fromisoformat(lease["spec"]["renewTime"]).timestamp()

    def ready_since() -> str:
        conditions = cluster.get("node", "fieldday")["status"]["conditions"]
        (since,) = (c["lastTransitionTime"] for c in conditions if c["type"] == "Ready")
        return str(since)

    before = ready_since()
    with busy(cluster, (psutil.cpu_count() or 1) * 4):
        eventually(lambda: cluster.container("busy").get("ready"))
        start = renewed()
        eventually(lambda: renewed() > start)
        # 40 s without a renewal make a node NotReady.
        assert ready_since() == before


def test_the_api_server_dies_and_the_nodes_news_arrive_later(
    sandbox: Context, cluster: Cluster, eventually: Eventually, processes: Processes
) -> None:
    cluster.apply(cluster.deployment("web"))
    cluster.ready("web")
    (pod,) = cluster.pods("web")
    root = str(sandbox.layout.root)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = process.environ().get("FIELDDAY_SANDBOX") == root
            if ours and "kube-apiserver" in process.cmdline()[0]:
                process.kill()
    for process in processes(pod["metadata"]["uid"]):
        process.kill()
    name = pod["metadata"]["name"]

    def told() -> bool:
        said = cluster.run(
            "get", "pod", name, "--output=jsonpath={.status.containerStatuses[0].restartCount}",
            check=False,
        )  # fmt: skip
        return bool(said == "1")

    eventually(told, seconds=60)
    eventually(lambda: cluster.container(name)["ready"])
