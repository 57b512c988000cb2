"""Steps: in order, side by side, each once, and given up together."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.errors import SandboxError
from sandbox.steps import Cancellation, Cancelled, Step, carry_out
from tests.patience import PATIENCE


@dataclass
class Told:
    """An observer that remembers."""

    events: list[tuple[str, str]] = field(default_factory=list)
    on_started: Callable[[str], None] = lambda _: None

    def waiting(self, step: Step) -> None:
        self.events.append(("waiting", step.name))

    def started(self, step: Step) -> None:
        self.events.append(("started", step.name))
        self.on_started(step.name)

    def detail(self, name: str, text: str) -> None:
        self.events.append((text, name))

    def done(self, name: str, note: str) -> None:
        self.events.append((f"done {note}", name))

    def failed(self, name: str, error: Exception) -> None:
        self.events.append((f"failed {error}", name))


def step(name: str, *needs: str, run: Callable[[Cancellation], str] = lambda _: "ok") -> Step:
    return Step(name, run, needs)


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[str, tuple[str, ...]]]:
    """Names with what each needs, in any order, without circles."""
    names = [f"s{n}" for n in range(draw(st.integers(0, 8)))]
    found = []
    for number, name in enumerate(names):
        earlier = st.lists(st.sampled_from(names[:number]), unique=True) if number else st.just([])
        found.append((name, tuple(draw(earlier))))
    return draw(st.permutations(found))


@given(graphs())
@settings(max_examples=60)
def test_every_step_is_carried_out_once_and_after_all_it_needs(
    graph: list[tuple[str, tuple[str, ...]]],
) -> None:
    events: list[tuple[str, str]] = []

    def run(name: str) -> str:
        events.extend([("begin", name), ("end", name)])
        return "ok"

    steps = [Step(name, lambda _, name=name: run(name), needs) for name, needs in graph]
    told = Told()
    carry_out(steps, told, Cancellation())
    begins = [name for event, name in events if event == "begin"]
    assert sorted(begins) == sorted(name for name, _ in graph)
    for name, needs in graph:
        for need in needs:
            assert events.index(("end", need)) < events.index(("begin", name))
    for name, _ in graph:
        seen = [event for event, of in told.events if of == name]
        assert seen == ["waiting", "started", "done ok"]


@given(graphs(), st.data())
@settings(max_examples=60)
def test_what_needs_a_step_that_failed_is_never_begun(
    graph: list[tuple[str, tuple[str, ...]]], data: st.DataObject
) -> None:
    names = [name for name, _ in graph]
    bad = set(data.draw(st.lists(st.sampled_from(names), unique=True))) if names else set()
    begun: list[str] = []

    def run(name: str) -> str:
        begun.append(name)
        if name in bad:
            raise RuntimeError(name)
        return "ok"

    steps = [Step(name, lambda _, name=name: run(name), needs) for name, needs in graph]
    told = Told()
    if bad:
        with pytest.raises(SandboxError) as raised:
            carry_out(steps, told, Cancellation())
        failed = [name for event, name in told.events if event.startswith("failed")]
        assert str(raised.value) == failed[0]
    else:
        carry_out(steps, told, Cancellation())
    needs = dict(graph)
    for name in begun:
        assert not bad & set(needs[name])
        assert set(needs[name]) <= set(begun)
    assert len(begun) == len(set(begun))


def test_what_needs_nothing_of_each_other_runs_side_by_side() -> None:
    barrier = threading.Barrier(3)

    def meet(_: Cancellation) -> str:
        barrier.wait(10 * PATIENCE)
        return "met"

    carry_out([step(name, run=meet) for name in "abc"], Told(), Cancellation())


def test_a_step_begins_as_soon_as_its_own_needs_are_there() -> None:
    begun = threading.Event()

    def wait(_: Cancellation) -> str:
        assert begun.wait(10 * PATIENCE)
        return "ok"

    def tell(_: Cancellation) -> str:
        begun.set()
        return "ok"

    steps = [step("slow", run=wait), step("quick"), step("after quick", "quick", run=tell)]
    carry_out(steps, Told(), Cancellation())


def test_a_need_that_nobody_meets_is_said_before_anything_is_begun() -> None:
    told = Told()
    with pytest.raises(SandboxError, match=r"edge: needs kube, dns, which the sandbox does not"):
        carry_out([step("a"), step("edge", "a", "kube", "dns")], told, Cancellation())
    assert ("started", "a") not in told.events


def test_steps_that_need_each_other_are_said() -> None:
    steps = [step("a"), step("b", "a", "c"), step("c", "b")]
    with pytest.raises(SandboxError, match="b, c: need each other"):
        carry_out(steps, Told(), Cancellation())


def test_the_first_failure_is_raised_and_ends_the_rest() -> None:
    waits, gave_up = threading.Event(), threading.Event()

    def fail(_: Cancellation) -> str:
        assert waits.wait(10 * PATIENCE)
        msg = "etcd: is not ready. Fix it."
        raise RuntimeError(msg)

    def wait(cancellation: Cancellation) -> str:
        waits.set()
        try:
            cancellation.sleep(3600)
        finally:
            gave_up.set()
        return "ok"

    def stumble(cancellation: Cancellation) -> str:
        try:
            cancellation.sleep(3600)
        except Cancelled:
            msg = "a consequence"
            raise RuntimeError(msg) from None
        return "ok"

    told = Told()
    steps = [
        step("etcd", run=fail),
        step("go", run=wait),
        step("other", run=stumble),
        step("kube", "etcd"),
    ]
    with pytest.raises(SandboxError, match=r"^etcd: is not ready\. Fix it\.$"):
        carry_out(steps, told, Cancellation())
    assert gave_up.is_set()
    assert ("started", "kube") not in told.events
    # One that gave up has not failed.
    assert [name for event, name in told.events if event.startswith("failed")] == ["etcd", "other"]


def test_a_full_disk_is_said_in_words_with_the_step() -> None:
    def fill(_: Cancellation) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/18")

    with pytest.raises(SandboxError) as raised:
        carry_out([step("postgresql", run=fill)], Told(), Cancellation())
    assert str(raised.value) == (
        "postgresql: /data/18: the disk is full. Free some space and run the same command; "
        "it resumes from there."
    )
    assert isinstance(raised.value.__cause__, OSError)


def test_a_mistake_in_the_code_is_raised_as_it_is() -> None:
    def err(_: Cancellation) -> str:
        raise KeyError("typo")

    with pytest.raises(KeyError, match="typo"):
        carry_out([step("a", run=err)], Told(), Cancellation())


def test_after_ctrl_c_a_step_may_still_end_what_it_started() -> None:
    runs, ended = threading.Event(), threading.Event()

    def build(cancellation: Cancellation) -> str:
        runs.set()
        try:
            cancellation.sleep(3600)
        finally:
            # As one does that waits for its compiler to end.
            time.sleep(0.1)
            ended.set()
        return "built"

    def interrupt(name: str) -> None:
        if name == "second":
            assert runs.wait(10 * PATIENCE)
            raise KeyboardInterrupt

    told = Told(on_started=interrupt)
    steps = [step("first", run=build), step("second"), step("third", "second")]
    with pytest.raises(KeyboardInterrupt):
        carry_out(steps, told, Cancellation())
    assert ended.is_set()
    assert ("started", "third") not in told.events


def test_it_can_be_cancelled_from_elsewhere() -> None:
    cancellation = Cancellation()

    def cancel(c: Cancellation) -> str:
        cancellation.cancel()
        c.check()
        return "ok"

    told = Told()
    with pytest.raises(Cancelled):
        carry_out([step("a", run=cancel), step("b", "a")], told, cancellation)
    assert ("started", "b") not in told.events
    with pytest.raises(Cancelled):
        carry_out([step("a")], told, cancellation)


def test_cancellation_wakes_who_sleeps() -> None:
    cancellation = Cancellation()
    cancellation.check()
    cancellation.sleep(0)
    threading.Timer(0.01, cancellation.cancel).start()
    with pytest.raises(Cancelled):
        cancellation.sleep(3600)
    with pytest.raises(Cancelled):
        cancellation.check()
