"""All twelve services at once, as a team would run them: 36 pods, journeys, a release of one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fieldday import catalog
from fieldday.end_to_end.probe import Edge
from fieldday.end_to_end.runner import run_tests
from fieldday.images.build import build
from reference.cards import holds_card_number
from sandbox.demo.services import SERVICES
from sandbox.demo.traffic import USERS, Request, Traffic, account
from sandbox.demo.users import sign_up
from sandbox.demo.versions import make
from sandbox.kubernetes import kubectl
from sandbox.layout import CHECKOUT
from sandbox.parts import airflow_settings
from sandbox.parts.context import Context
from sandbox.parts.services import ENVIRONMENTS
from tests.patience import PATIENCE
from tests.pipelines.releases.releasing import Releases
from tests.sandbox.test_charts import helm

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]

NAMES = catalog.load().names
PODS = {"production": 2, "staging": 1}
_READY_SECONDS = 180 * PATIENCE
_MEBIBYTE = 1024 * 1024
_MEMORY = 80 * _MEBIBYTE
# What `api` calls in other modules' tests; its own first release is one of those.
_KEPT = set(SERVICES) - {"api"}
_DRAWN = {"request_id", "trace_id", "span_id", "pod"}


def _missing(context: Context, environment: str) -> list[str]:
    listed = json.loads(helm(context, f"helm list --namespace {environment} --output json"))
    there = {release["name"] for release in listed}
    return [name for name in NAMES if f"fieldday-{name}" not in there]


def _install(context: Context, name: str, environment: str, version: str) -> None:
    """As the documentation has it, with the version that was built here."""
    values = f"./helm/{name}/values"
    helm(
        context,
        f"helm upgrade --install fieldday-{name} ./helm/{name} --namespace {environment} "
        f"--values {values}-{environment}.yaml --values {values}-sandbox.yaml",
        "--set",
        f"image.tag={version}",
    )


def _ready(context: Context, environment: str) -> dict[str, int]:
    """The pods that are ready, by service."""
    found = json.loads(kubectl(context, "get", "deployments", "-n", environment, "-o", "json"))
    return {
        item["metadata"]["labels"]["app.kubernetes.io/name"]: item["status"].get("readyReplicas", 0)
        for item in found["items"]
        if item["metadata"]["name"].startswith("fieldday-")
    }


@pytest.fixture(scope="module")
def everything(pipeline: Releases, sandbox: Context) -> Iterator[float]:
    """All twelve in both environments; the seconds from the first command to the last pod ready.

    In a new sandbox that is all 36 pods from nothing. When the module's tests have ended, what was
    there stays as it is, with what other modules need; the others are removed.
    """
    version = pipeline.version("twelve")
    source = make(sandbox.layout, version)
    missing = [(name, e) for e in ENVIRONMENTS for name in _missing(sandbox, e)]
    registry = f"127.0.0.1:{sandbox.ports['registry']}"
    with pytest.MonkeyPatch.context() as patched:
        # Where Airflow's workers find crane and uv, too.
        patched.setenv("PATH", airflow_settings.environment(sandbox)["PATH"])
        for name in sorted({name for name, _ in missing}):
            build(source, name, version, registry)
    begin = time.monotonic()
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda pair: _install(sandbox, *pair, version), missing))
        wanted = {e: dict.fromkeys(NAMES, count) for e, count in PODS.items()}
        while (found := {e: _ready(sandbox, e) for e in PODS}) != wanted:
            assert time.monotonic() < begin + _READY_SECONDS, found
            time.sleep(0.5)
        yield time.monotonic() - begin
    finally:
        for name, environment in missing:
            if name not in _KEPT:
                helm(sandbox, f"helm uninstall fieldday-{name} --namespace {environment}")


def test_every_pod_is_small(everything: float, sandbox: Context) -> None:
    print(f"the pods that were missing were ready after {everything:.0f} s")
    sizes = {}
    for environment in PODS:
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{environment}/pods"
        for pod in json.loads(kubectl(sandbox, "get", "--raw", path))["items"]:
            if pod["containers"] and pod["metadata"]["name"].startswith("fieldday-"):
                used = str(pod["containers"][0]["usage"]["memory"])
                sizes[pod["metadata"]["name"]] = int(used.removesuffix("Ki")) * 1024
    assert len(sizes) == len(NAMES) * sum(PODS.values())
    print(f"the largest pod has {max(sizes.values()) / _MEBIBYTE:.0f} MiB")
    assert {name: size for name, size in sizes.items() if size >= _MEMORY} == {}


@pytest.mark.parametrize("environment", PODS)
def test_the_end_to_end_tests_pass_through_the_edge(
    everything: float, sandbox: Context, environment: str
) -> None:
    edge = Edge(sandbox.ports.url("edge"), "fieldday.localhost")
    summary = run_tests(CHECKOUT, edge, environment, NAMES, NAMES)
    print(summary)
    assert summary.failed == 0, summary.failures
    # No journey is left out; `jobs` reads no input of users that could be refused.
    assert summary.skipped == 1
    _expect_no_card_number(sandbox, environment)


def _expect_no_card_number(context: Context, environment: str) -> None:
    """In no log, after journeys that pay, and that try to pay with a card's number."""
    for name in NAMES:
        log = kubectl(
            context,
            *("logs", "--namespace", environment, "--tail=-1", "--prefix"),
            *("--selector", f"app.kubernetes.io/name={name}", "--max-log-requests=10"),
        )
        assert '"event": "request"' in log, f"{name}: {log[:300]}"
        bad = [line for line in log.splitlines() if holds_card_number(_without_ids(line))]
        assert bad == [], name


def _without_ids(line: str) -> str:
    """A log line without what is drawn by chance, which may look like anything."""
    try:
        content = json.loads(line.partition("] ")[2])
    except ValueError:
        return line
    return json.dumps({k: v for k, v in content.items() if k not in _DRAWN})


def test_any_one_of_them_is_released(
    everything: float, releases: Releases, sandbox: Context
) -> None:
    """`payments`, which nobody released before: it goes on from what helm installed."""
    edge, version = sandbox.ports.url("edge"), releases.version("one-of-twelve")
    # Slow enough for the limits of `payments`, 20 requests a minute of one user.
    users = sign_up(edge, "fieldday.localhost", USERS)
    host = "payments.fieldday.localhost"
    with Traffic(edge, host, rate=4, request=_own_bookings, users=users) as traffic:
        run = releases.start(version, few_tests=True, services=["payments"], strategy="rolling")
        state = releases.follow(run)
    evidence = releases.evidence(run)
    assert (state, evidence["outcome"]) == ("success", "promoted"), evidence["reason"]
    assert releases.running("payments") == (version, False)
    met = account(traffic.answers, version)
    assert (met.failed, met.bad) == (0, 0), met


def _own_bookings(_: int) -> Request:
    return Request("GET", "/v1/bookings")
