"""Steps that need each other, carried out side by side as far as that allows."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sandbox.errors import SandboxError


class Observer(Protocol):
    """Is told how the steps get on; from several threads at once."""

    def waiting(self, step: Step) -> None:
        """It will be carried out once what it needs is there."""

    def started(self, step: Step) -> None:
        """It is being carried out."""

    def detail(self, name: str, text: str) -> None:
        """What it is doing now, in a few words."""

    def done(self, name: str, note: str) -> None:
        """It is there; `note` says how that came about, in a word or two."""

    def failed(self, name: str, error: Exception) -> None:
        """It is not there."""


class Cancelled(Exception):  # noqa: N818
    """Given up because of another step's failure, or of Ctrl-C."""


class Cancellation:
    """Tells steps that wait for something to give up."""

    def __init__(self) -> None:
        """Nothing is cancelled yet."""
        self._event = threading.Event()

    def cancel(self) -> None:
        """From now on, whoever asks is told to give up."""
        self._event.set()

    def check(self) -> None:
        """Raise Cancelled if it is."""
        if self._event.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Sleep, unless or until cancelled. Raises Cancelled."""
        if self._event.wait(seconds):
            raise Cancelled


@dataclass(frozen=True)
class Step:
    """Something to bring about once others are there."""

    name: str
    run: Callable[[Cancellation], str]
    """Brings it about; returns a word or two on how, for a person. Idempotent."""
    needs: tuple[str, ...] = ()
    usual_seconds: float = 1.0


def carry_out(steps: Iterable[Step], observer: Observer, cancellation: Cancellation) -> None:
    """Carry out all steps, each as soon as what it needs is there.

    The first failure ends it: what runs is told to give up, nothing more is begun.

    Raises SandboxError: a step failed; its text is the step's. What a step raises besides
    RuntimeError and OSError is a mistake in the code and raised as it is.
    """
    waiting = {step.name: step for step in steps}
    for step in waiting.values():
        if unknown := [name for name in step.needs if name not in waiting]:
            msg = f"{step.name}: needs {', '.join(unknown)}, which the sandbox does not have."
            raise SandboxError(msg)
        observer.waiting(step)
    there: set[str] = set()
    running: set[str] = set()
    results: queue.SimpleQueue[tuple[str, str, Exception | None]] = queue.SimpleQueue()
    failures: list[Exception] = []
    try:
        while (waiting and not failures) or running:
            for step in [s for s in waiting.values() if there.issuperset(s.needs)]:
                if failures:
                    break
                del waiting[step.name]
                running.add(step.name)
                observer.started(step)
                target = (_run, (step, cancellation, results))
                threading.Thread(target=target[0], args=target[1], daemon=True).start()
            name, note, error = results.get()
            running.remove(name)
            if error is None:
                there.add(name)
                observer.done(name, note)
            elif not isinstance(error, Cancelled):
                failures.append(error)
                observer.failed(name, error)
                cancellation.cancel()
    finally:
        cancellation.cancel()
    if failures:
        first = failures[0]
        if isinstance(first, RuntimeError | OSError):
            raise SandboxError(str(first)) from first
        raise first


def _run(
    step: Step,
    cancellation: Cancellation,
    results: queue.SimpleQueue[tuple[str, str, Exception | None]],
) -> None:
    try:
        results.put((step.name, step.run(cancellation), None))
    except Exception as error:  # noqa: BLE001 - it is raised again by whoever waits for us
        results.put((step.name, "", error))
