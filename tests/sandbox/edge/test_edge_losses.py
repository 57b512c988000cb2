"""Releases and kills behind the edge under traffic: no request is lost, and weights are exact."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import psutil
import pytest

from sandbox.demo.traffic import Traffic
from tests.sandbox.edge.site import Site, half_writes

pytestmark = pytest.mark.sandbox

_RATE = 300
_SEED = 20


def assert_none_lost(traffic: Traffic, at_least: int) -> None:
    answers = traffic.answers
    methods = Counter(half_writes(number).method for number in range(traffic.sent))
    seconds = answers[-1].time - answers[0].time
    lost = Counter(a.problem or f"status {a.status}" for a in answers if not a.is_good)
    print(f"{len(answers)} requests {dict(methods)} in {seconds:.0f} s", end=" ")
    print(f"({len(answers) / seconds:.0f} a second), lost: {dict(lost)}")
    assert len(answers) == traffic.sent
    assert not lost
    assert len(answers) >= at_least


def test_rollouts_and_weights_lose_no_request(site: Site) -> None:
    print(f"seed {_SEED}")
    chance = random.Random(_SEED)
    url = str(site.client.base_url)
    with Traffic(url, site.host, _RATE, half_writes) as traffic:
        changes = 0
        for rollout in range(20):
            name = ("stable", "candidate")[rollout % 2]
            site.deploy(name, version=f"{name}-{rollout}")
            for _ in range(2 + rollout % 2):
                site.weigh(chance.randrange(101))
                changes += 1
            site.cluster.ready(name)
        assert changes == 50
    assert_none_lost(traffic, 2000)
    # Each of the rollouts was under way while users were there, and was seen by them.
    seen = {answer.version for answer in traffic.answers}
    assert len(seen) > 15
    site.weigh(100)
    site.await_status()
    assert site.count(100) == {"candidate-19": 100}


def test_killed_pods_lose_no_request(
    site: Site,
    eventually: Callable[..., None],
    processes: Callable[[str], list[psutil.Process]],
) -> None:
    site.deploy("stable", replicas=4)
    site.cluster.ready("stable")
    url = str(site.client.base_url)
    with Traffic(url, site.host, _RATE, half_writes) as traffic:
        for round_ in range(3):
            # New pods each time: one that was killed twice is started again only after a while.
            for pod in site.cluster.pods("stable"):
                name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
                mark = len(traffic.answers)
                for process in processes(uid):
                    process.kill()
                eventually(lambda name=name: site.cluster.container(name)["restartCount"] == 1)
                eventually(lambda name=name: site.cluster.container(name)["ready"])
                assert len(traffic.answers) > mark
            site.deploy("stable", replicas=4, version=f"stable-{round_}")
            site.cluster.ready("stable")
    assert_none_lost(traffic, 1000)


@pytest.mark.parametrize("weight", [1, 10, 33])
def test_the_split_is_exact(site: Site, weight: int) -> None:
    site.weigh(weight)
    site.await_status()
    assert site.count(1000) == {"stable": 10 * (100 - weight), "candidate": 10 * weight}
