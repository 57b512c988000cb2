from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.processes import CommandFailed, Completed
from fieldday.releases import helm as module
from fieldday.releases.helm import Helm, Revision, record_of
from fieldday.releases.rollout import Upgrade
from fieldday.releases.state import Phase, Record, State, Version

RUN = "manual__2026-11-24T08:14:11+00:00"
DIGEST = "sha256:" + "a" * 64


def described(phase: Phase, run: str = RUN) -> str:
    return str(Record(phase, run, "1.1.0"))


class FakeHelm:
    """Answers as Helm 4 does, from a history and the values of its revisions."""

    def __init__(self) -> None:
        self.history: list[dict[str, Any]] = []
        self.values: dict[int, dict[str, Any]] = {}
        self.argv: list[tuple[str, ...]] = []
        self.env: object = None
        self.error = ""

    def add(self, status: str, description: str, stable: str = "", /, **candidate: Any) -> None:
        number = len(self.history) + 1
        line = {
            "revision": number,
            "updated": "2026-11-24T08:30:40Z",
            "status": status,
            "chart": "api-0.1.0",
            "app_version": "0.1.0",
            "description": description,
        }
        self.history.append(line)
        off = {"enabled": False, "tag": "", "digest": "", "weight": 0, "replicas": 1}
        image = {"tag": stable, "digest": DIGEST if stable else ""}
        self.values[number] = {"image": image, "candidate": {**off, **candidate}}

    def run(self, argv: list[str], *, timeout: float, env: object) -> Completed:
        self.argv.append(tuple(argv))
        self.env = env
        assert timeout > 60
        if self.error:
            raise CommandFailed(Completed(tuple(argv), 1, "", self.error, 0.1), self.error)
        out = ""
        if argv[1] == "history":
            if not self.history:
                said = "Error: release: not found\n"
                raise CommandFailed(Completed(tuple(argv), 1, "", said, 0.1), said)
            out = json.dumps(self.history)
        elif argv[1:3] == ["get", "values"]:
            out = json.dumps(self.values[int(argv[argv.index("--revision") + 1])])
        elif argv[1] == "list":
            out = json.dumps([{"name": name} for name in ("fieldday-float-plan", "fieldday-api")])
        return Completed(tuple(argv), 0, out, "", 0.1)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeHelm:
    fake = FakeHelm()
    monkeypatch.setattr(module, "run", fake.run)
    return fake


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    chart = tmp_path / "api"
    chart.mkdir()
    for name in ("Chart.yaml", "values-production.yaml", "values-sandbox.yaml"):
        (chart / name).touch()
    return Helm(tmp_path, "production", ("sandbox",), {"KUBECONFIG": "/k"})


def test_nothing_is_installed(fake: FakeHelm, helm: Helm) -> None:
    assert helm.read("api", RUN) == State()
    assert fake.env == {"KUBECONFIG": "/k"}


def test_what_is_installed(fake: FakeHelm, helm: Helm) -> None:
    assert helm.installed() == ("api", "float-plan")
    (argv,) = fake.argv
    # By default Helm lists those too that were uninstalled.
    assert argv[1:3] == ("list", "--deployed")
    assert argv[-2:] == ("--namespace", "production")


def test_a_release_made_by_hand(fake: FakeHelm, helm: Helm) -> None:
    fake.add("deployed", "Install complete")
    assert helm.read("api", RUN) == State(stable=Version("0.1.0"))


def test_a_canary_of_this_run(fake: FakeHelm, helm: Helm) -> None:
    fake.add("superseded", described(Phase.RELEASED, "run-0"), "1.0.0")
    fake.add("superseded", described(Phase.CANDIDATE), "1.0.0", enabled=True, tag="1.1.0")
    fake.add(
        "deployed",
        described(Phase.WEIGHT),
        "1.0.0",
        enabled=True,
        tag="1.1.0",
        digest=DIGEST,
        weight=10,
        replicas=2,
    )
    assert helm.read("api", RUN) == State(
        stable=Version("1.0.0", DIGEST),
        candidate=Version("1.1.0", DIGEST),
        candidate_replicas=2,
        weight=10,
        record=Record(Phase.WEIGHT, RUN, "1.1.0"),
        started=True,
        previous=Version("1.0.0", DIGEST),
    )
    other = helm.read("api", "run-2")
    assert (other.started, other.previous) == (False, None)


def test_a_first_installation_of_this_run(fake: FakeHelm, helm: Helm) -> None:
    fake.add("superseded", described(Phase.INSTALL), "1.1.0")
    fake.add("deployed", described(Phase.RELEASED), "1.1.0")
    state = helm.read("api", RUN)
    assert state.first
    assert state.previous is None


def test_what_was_uninstalled_before_is_not_the_previous(fake: FakeHelm, helm: Helm) -> None:
    fake.add("superseded", "Install complete", "0.9.0")
    fake.add("superseded", "superseded by new release", "0.9.0")
    fake.add("failed", "Release failed", "1.1.0")
    fake.add("deployed", described(Phase.INSTALL), "1.1.0")
    assert helm.read("api", RUN).previous is None


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "failed"])
def test_a_cut_off_operation_is_broken(fake: FakeHelm, helm: Helm, status: str) -> None:
    fake.add("deployed", described(Phase.CANDIDATE), "1.0.0")
    fake.add(status, "Preparing upgrade", "1.0.0")
    assert helm.read("api", RUN) == State(broken=True, started=True)
    assert helm.heal("api").startswith("rolled back to revision 1,")
    assert fake.argv[-1][1:4] == ("rollback", "fieldday-api", "1")


def test_a_cut_off_first_installation_is_uninstalled(fake: FakeHelm, helm: Helm) -> None:
    fake.add("pending-install", "Initial install underway", "1.0.0")
    assert helm.heal("api").startswith("uninstalled")
    assert fake.argv[-1][1] == "uninstall"


def test_killed_after_the_old_revision_was_superseded(fake: FakeHelm, helm: Helm) -> None:
    fake.add("superseded", described(Phase.RELEASED, "run-0"), "1.0.0")
    fake.add("superseded", described(Phase.WEIGHT), "1.0.0")
    fake.add("pending-upgrade", "Preparing upgrade", "1.1.0")
    assert helm.heal("api").startswith("rolled back to revision 2,")
    assert fake.argv[-1][1:4] == ("rollback", "fieldday-api", "2")


def test_a_revision_that_was_never_deployed_is_not_rolled_back_to(
    fake: FakeHelm, helm: Helm
) -> None:
    fake.add("superseded", described(Phase.RELEASED, "run-0"), "1.0.0")
    fake.add("superseded", "Preparing upgrade", "1.1.0")
    fake.add("failed", "Upgrade failed", "1.1.0")
    fake.add("pending-rollback", "Rollback to 1", "1.0.0")
    assert helm.heal("api").startswith("rolled back to revision 1,")


def test_a_new_first_installation_after_an_uninstallation(fake: FakeHelm, helm: Helm) -> None:
    fake.add("superseded", described(Phase.RELEASED, "run-0"), "1.0.0")
    fake.add("superseded", "superseded by new release", "1.0.0")
    fake.add("pending-install", "Initial install underway", "1.1.0")
    assert helm.heal("api").startswith("uninstalled")


def test_ten_revisions_listed_as_text_sorts_them(fake: FakeHelm, helm: Helm) -> None:
    for number in range(1, 11):
        fake.add("superseded", described(Phase.WEIGHT, f"run-{number}"), f"1.{number}.0")
    fake.add("pending-upgrade", "Preparing upgrade", "1.11.0")
    fake.history.sort(key=lambda line: str(line["revision"]))
    assert [r.number for r in helm.history("api")] == list(range(1, 12))
    assert helm.heal("api").startswith("rolled back to revision 10,")


def test_uninstalled_by_this_run(fake: FakeHelm, helm: Helm) -> None:
    fake.add("uninstalled", described(Phase.RESTORED), "1.0.0")
    state = helm.read("api", RUN)
    assert state == State(record=Record(Phase.RESTORED, RUN, "1.1.0"), started=True)


def test_a_rollback_says_what_it_put_back() -> None:
    first = Revision(1, "", "superseded", "0.1.0", described(Phase.WEIGHT))
    second = Revision(3, "", "superseded", "0.1.0", "Rollback to 1", 1)
    third = Revision(4, "", "deployed", "0.1.0", "Rollback to 3", 3)
    assert record_of(third, [first, second, third]) == Record(Phase.WEIGHT, RUN, "1.1.0")
    gone = Revision(9, "", "deployed", "0.1.0", "Rollback to 2", 2)
    assert record_of(gone, [first, gone]) is None
    circle = Revision(5, "", "deployed", "0.1.0", "Rollback to 5", 5)
    assert record_of(circle, [circle]) is None


def test_a_change_is_one_upgrade(fake: FakeHelm, helm: Helm, tmp_path: Path) -> None:
    record = Record(Phase.WEIGHT, RUN, "1.1.0 at 10 %")
    old, new = Version("1.0.0", DIGEST), Version("1.1.0")
    helm.apply("api", Upgrade(record, old, new, 2, 10, preview=True))
    argv = fake.argv[-1]
    assert argv[:5] == ("helm", "upgrade", "--install", "fieldday-api", str(tmp_path / "api"))
    given = set(itertools.pairwise(argv))
    assert {
        ("--values", str(tmp_path / "api" / "values-production.yaml")),
        ("--values", str(tmp_path / "api" / "values-sandbox.yaml")),
        ("--set-string", "image.tag=1.0.0"),
        ("--set-string", f"image.digest={DIGEST}"),
        ("--set-string", "candidate.tag=1.1.0"),
        ("--set-string", "candidate.digest="),
        ("--set", "candidate.enabled=true"),
        ("--set", "candidate.weight=10"),
        ("--set", "candidate.replicas=2"),
        ("--set", "candidate.preview=true"),
        ("--description", f"weight: 1.1.0 at 10 % [{RUN}]"),
        ("--namespace", "production"),
    } <= given
    order = [word for word in argv if word.endswith(".yaml")]
    assert order == sorted(order)


def test_without_a_candidate_nothing_of_it_is_left(fake: FakeHelm, helm: Helm) -> None:
    helm.apply("api", Upgrade(Record(Phase.RELEASED, RUN, "x"), Version("1.1.0"), preview=True))
    assert "candidate.enabled=false" in fake.argv[-1]
    assert "candidate.preview=false" in fake.argv[-1]
    assert "candidate.replicas=1" in fake.argv[-1]


def test_every_call_is_given_the_context(fake: FakeHelm, helm: Helm) -> None:
    fake.add("deployed", "Install complete", "1.0.0")
    helm = replace(helm, options=("--kube-context", "two"))
    helm.read("api", RUN)
    helm.installed()
    helm.apply("api", Upgrade(Record(Phase.ROLL, RUN, "x"), Version("1.1.0")))
    helm.heal("api")
    helm.uninstall("api", "x")
    verbs = {argv[1] for argv in fake.argv}
    assert verbs == {"history", "get", "list", "upgrade", "rollback", "uninstall"}
    assert {argv[-2:] for argv in fake.argv} == {("--kube-context", "two")}


def test_a_chart_without_values_is_refused(fake: FakeHelm, helm: Helm) -> None:
    with pytest.raises(Permanent, match="its chart has no values-staging"):
        Helm(helm.charts, "staging").values_files("api")
    assert fake.argv == []


@pytest.mark.parametrize(
    "said", ["Error: Kubernetes cluster unreachable: Get", "dial tcp: connection refused"]
)
def test_a_cluster_that_is_away_may_come_back(fake: FakeHelm, helm: Helm, said: str) -> None:
    fake.error = said
    with pytest.raises(Retryable, match="cluster: is unreachable"):
        helm.read("api", RUN)


def test_what_helm_refuses_is_said(fake: FakeHelm, helm: Helm) -> None:
    fake.error = "Error: UPGRADE FAILED: Service 'api': replicas is 0."
    with pytest.raises(CommandFailed, match="replicas is 0"):
        helm.apply("api", Upgrade(Record(Phase.ROLL, RUN, "x"), Version("1.1.0")))
