"""The reasons that a person looks for when a pod does not come up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.cluster import Cluster

pytestmark = pytest.mark.sandbox

Eventually = Callable[..., None]


def waiting(cluster: Cluster, pod: str) -> dict[str, str]:
    """That a pod's container waits, and why; empty when it does not."""
    return cluster.container(pod).get("state", {}).get("waiting") or {}


def reason(cluster: Cluster, pod: str) -> str:
    """Why a pod's container waits, in a word; empty when it does not."""
    return waiting(cluster, pod).get("reason", "")


def test_a_container_over_its_memory_limit_is_killed(
    cluster: Cluster, eventually: Eventually
) -> None:
    program = "import time; x = [bytearray(b'x') * 9_000_000 for _ in range(12)]; time.sleep(600)"
    limits = {"limits": {"memory": "64Mi"}}
    cluster.apply(cluster.pod("greedy", ["python", "-c", program], resources=limits))
    eventually(lambda: cluster.container("greedy").get("lastState", {}).get("terminated"))
    ended = cluster.container("greedy")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_a_crash_loop(cluster: Cluster, eventually: Eventually) -> None:
    cluster.apply(
        cluster.pod(
            "crashing",
            ["sh", "-c", "echo boom; exit 3"],
            terminationMessagePolicy="FallbackToLogsOnError",
        )
    )
    eventually(lambda: reason(cluster, "crashing") == "CrashLoopBackOff")
    eventually(lambda: cluster.container("crashing")["restartCount"] >= 2)
    ended = cluster.container("crashing")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"], ended["message"]) == ("Error", 3, "boom\n")
    assert cluster.get("pod", "crashing")["status"]["phase"] == "Running"
    eventually(lambda: "BackOff" in cluster.events("crashing"))
    assert "Back-off restarting failed container main" in cluster.events("crashing")["BackOff"]


def test_an_image_that_is_not_there(cluster: Cluster, eventually: Eventually) -> None:
    image = "registry.fieldday.example/fieldday/absent:1"
    cluster.apply(cluster.pod("imageless", image=image))

    def between_attempts() -> str:
        found = waiting(cluster, "imageless")
        return found["message"] if found.get("reason") == "ImagePullBackOff" else ""

    eventually(lambda: f'Back-off pulling image "{image}"' in between_attempts())
    eventually(lambda: "MANIFEST_UNKNOWN" in between_attempts())
    eventually(lambda: "Failed" in cluster.events("imageless"))
    cluster.run("delete", "pod", "imageless")


def test_an_image_that_may_not_be_pulled(cluster: Cluster, eventually: Eventually) -> None:
    image = "registry.fieldday.example/fieldday/never-pulled:1"
    cluster.apply(cluster.pod("never", image=image, imagePullPolicy="Never"))
    eventually(lambda: reason(cluster, "never") == "ErrImageNeverPull")


def test_a_name_that_is_none(cluster: Cluster, eventually: Eventually) -> None:
    cluster.apply(cluster.pod("misnamed", image="Registry/UPPER:1"))
    eventually(lambda: reason(cluster, "misnamed") == "InvalidImageName")


def test_a_missing_config_map_that_comes_later(cluster: Cluster, eventually: Eventually) -> None:
    source = [{"configMapRef": {"name": "later"}}]
    cluster.apply(cluster.pod("waiting", ["sleep", "600"], envFrom=source))
    eventually(lambda: reason(cluster, "waiting") == "CreateContainerConfigError")
    waiting = cluster.container("waiting")["state"]["waiting"]
    assert waiting["message"] == 'configmap "later" not found'
    cluster.run("create", "configmap", "later", "--from-literal=A=1")
    eventually(lambda: cluster.container("waiting").get("ready"))
    assert cluster.container("waiting")["restartCount"] == 0


def test_a_missing_volume_source(cluster: Cluster, eventually: Eventually) -> None:
    pod = cluster.pod("unmounted", ["sleep", "600"])
    pod["spec"]["volumes"] = [{"name": "v", "secret": {"secretName": "absent"}}]
    cluster.apply(pod)
    eventually(lambda: "FailedMount" in cluster.events("unmounted"))
    assert cluster.events("unmounted")["FailedMount"] == (
        'MountVolume.SetUp failed for volume "v" : secret "absent" not found'
    )
    assert reason(cluster, "unmounted") == "ContainerCreating"


def test_a_program_that_is_not_there(cluster: Cluster, eventually: Eventually) -> None:
    cluster.apply(cluster.pod("startless", ["no-such-program"]))
    eventually(lambda: cluster.container("startless").get("lastState", {}).get("terminated"))
    ended = cluster.container("startless")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert 'exec: "no-such-program": executable file not found in $PATH' in ended["message"]


def test_what_the_node_cannot_do_is_refused_by_name(
    cluster: Cluster, eventually: Eventually
) -> None:
    pod = cluster.pod("hostly", ["sleep", "600"])
    pod["spec"]["volumes"] = [
        {"name": "a", "emptyDir": {}},
        {"name": "b", "hostPath": {"path": "/etc"}},
    ]
    cluster.apply(pod)
    words = "spec.volumes[1].hostPath: not supported by the sandbox's node. Use one of emptyDir"
    eventually(lambda: cluster.get("pod", "hostly")["status"]["phase"] == "Failed")
    status = cluster.get("pod", "hostly")["status"]
    assert status["reason"] == "UnsupportedField"
    assert status["message"].startswith(words)
    eventually(lambda: "UnsupportedField" in cluster.events("hostly"))
    assert cluster.events("hostly")["UnsupportedField"].startswith(words)


def test_a_failing_liveness_probe_restarts_the_container(
    cluster: Cluster, eventually: Eventually
) -> None:
    probe = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 2}
    cluster.apply(cluster.pod("sick", ["sleep", "600"], livenessProbe=probe))
    eventually(lambda: cluster.container("sick").get("restartCount", 0) >= 1)
    eventually(lambda: {"Unhealthy", "Killing"} <= set(cluster.events("sick")))
    assert cluster.events("sick")["Unhealthy"].startswith("Liveness probe failed")
    assert (
        cluster.events("sick")["Killing"]
        == "Container main failed liveness probe, will be restarted"
    )


def test_a_pod_past_its_deadline_fails(cluster: Cluster, eventually: Eventually) -> None:
    pod = cluster.pod("late", ["sleep", "600"])
    pod["spec"] |= {"activeDeadlineSeconds": 2, "terminationGracePeriodSeconds": 1}
    cluster.apply(pod)
    eventually(lambda: cluster.get("pod", "late")["status"]["phase"] == "Failed")
    assert cluster.get("pod", "late")["status"]["reason"] == "DeadlineExceeded"


def test_a_job_with_init_container_sidecar_and_volumes(
    cluster: Cluster, eventually: Eventually
) -> None:
    cluster.run("create", "configmap", "conf", "--from-literal=settings=from-config")
    cluster.run("create", "secret", "generic", "sec", "--from-literal=PASSWORD=from-secret")
    work = {"name": "work", "mountPath": "/work"}
    script = 'cat "$CONF" > "$WORK/x"'
    init = cluster.pod("-", ["sh", "-c", script])["spec"]["containers"][0] | {
        "name": "init",
        "env": [
            {"name": "CONF", "value": "/etc/conf/settings"},
            {"name": "WORK", "value": "/work"},
        ],
        "volumeMounts": [work, {"name": "conf", "mountPath": "/etc/conf"}],
    }
    side = {"name": "side", "image": cluster.image, "command": ["sleep", "600"]}
    main = {
        "name": "main",
        "image": cluster.image,
        "command": ["sh", "-c", 'cat "$0"; echo " $PASSWORD"; cat "$1"; grep -c . "$2"'],
        "args": [
            "/work/x",
            "/var/run/secrets/kubernetes.io/serviceaccount/namespace",
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
        ],
        "envFrom": [{"secretRef": {"name": "sec"}}],
        "volumeMounts": [work],
    }
    spec = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "volumes": [
            {"name": "work", "emptyDir": {}},
            {"name": "conf", "configMap": {"name": "conf"}},
        ],
        "initContainers": [init, side | {"restartPolicy": "Always"}],
        "containers": [main],
    }
    job = {"completions": 2, "parallelism": 2, "template": {"spec": spec}}
    cluster.apply(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": job}
    )
    cluster.run("wait", "--for=condition=complete", "job/job", "--timeout=400s")
    said = cluster.run("logs", "job/job", "--container=main")
    assert said == f"from-config from-secret\n{cluster.namespace}1\n"
