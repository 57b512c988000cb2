"""Runs steps with dependencies, in parallel as far as these allow."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sandbox.errors import SandboxError, words

# After Ctrl-C; the compiler is killed if it does not exit in half of this.
_GIVE_UP_SECONDS = 10.0


class Observer(Protocol):
    """Observes the steps' progress; called from several threads at once."""

    def waiting(self, step: Step) -> None:
        """It waits for its dependencies."""

    def started(self, step: Step) -> None:
        """It runs."""

    def detail(self, name: str, text: str) -> None:
        """What it is doing now, in a few words."""

    def done(self, name: str, note: str) -> None:
        """It is done; `note` says how, in a word or two."""

    def failed(self, name: str, error: Exception) -> None:
        """It failed."""


class Cancelled(Exception):  # noqa: N818
    """Cancelled because of another step's failure, or of Ctrl-C."""


class Cancellation:
    """A flag that cancels waiting steps."""

    def __init__(self) -> None:
        """Nothing is cancelled yet."""
        self._event = threading.Event()

    def cancel(self) -> None:
        """Cancel: from now on every check says so."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether it is cancelled."""
        return self._event.is_set()

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
    """A unit of work, run once its dependencies are done."""

    name: str
    run: Callable[[Cancellation], str]
    """Does the work; returns a word or two on how, for a person. Idempotent."""
    needs: tuple[str, ...] = ()
    usual_seconds: float = 1.0


def carry_out(steps: Iterable[Step], observer: Observer, cancellation: Cancellation) -> None:
    """Run all steps, each as soon as its dependencies are done.

    The first failure cancels the others, and no more are started. So does Ctrl-C; running steps
    get a moment to stop the programs that they started.

    Raises SandboxError: a step failed; its text is the step's. Other exceptions than
    RuntimeError and OSError are bugs and are raised unchanged. Raises Cancelled: it
    was cancelled from elsewhere.
    """
    waiting = {step.name: step for step in steps}
    for step in waiting.values():
        if unknown := [name for name in step.needs if name not in waiting]:
            msg = f"{step.name}: needs {', '.join(unknown)}, which the sandbox does not have."
            raise SandboxError(msg)
        observer.waiting(step)
    there: set[str] = set()
    running: dict[str, threading.Thread] = {}
    results: queue.SimpleQueue[tuple[str, str, Exception | None]] = queue.SimpleQueue()
    failures: list[tuple[str, Exception]] = []
    try:
        while running or (waiting and not cancellation.is_cancelled):
            ready = [step for step in waiting.values() if there.issuperset(step.needs)]
            for step in () if cancellation.is_cancelled else ready:
                del waiting[step.name]
                observer.started(step)
                arguments = (step, cancellation, results)
                running[step.name] = threading.Thread(target=_run, args=arguments, daemon=True)
                running[step.name].start()
            if not running:
                msg = f"{', '.join(waiting)}: need each other, so none of them can be the first."
                raise SandboxError(msg)
            name, note, error = results.get()
            del running[name]
            if error is None:
                there.add(name)
                observer.done(name, note)
            elif not isinstance(error, Cancelled):
                failures.append((name, error))
                observer.failed(name, error)
                cancellation.cancel()
            else:
                cancellation.cancel()
    finally:
        was_cancelled = cancellation.is_cancelled
        cancellation.cancel()
        _await(running.values())
    if failures:
        raise _for_people(*failures[0])
    if was_cancelled:
        raise Cancelled


def _await(threads: Iterable[threading.Thread]) -> None:
    """Give cancelled steps the time to stop."""
    deadline = time.monotonic() + _GIVE_UP_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _for_people(name: str, error: Exception) -> Exception:
    """The error to raise for a step's failure."""
    if isinstance(error, OSError):
        found = SandboxError(f"{name}: {words(error)}")
    elif isinstance(error, RuntimeError):
        found = SandboxError(str(error))
    else:
        return error
    found.__cause__ = error
    return found


def _run(
    step: Step,
    cancellation: Cancellation,
    results: queue.SimpleQueue[tuple[str, str, Exception | None]],
) -> None:
    try:
        results.put((step.name, step.run(cancellation), None))
    except Exception as error:  # noqa: BLE001 - it is raised again by whoever waits for us
        results.put((step.name, "", error))
