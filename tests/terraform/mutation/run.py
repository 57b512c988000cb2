"""A mutation run, from the sample to what is said at its end."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.layout import layout_from_environment
from tests.patience import PATIENCE
from tests.terraform.checking import Checks
from tests.terraform.mutation.record import Record
from tests.terraform.mutation.sample import sample
from tests.terraform.mutation.trial import Trials
from tests.terraform.targets import find_targets

_WANTED = 0.95


def mutate(
    count: int, seed: int, minutes: float, workers: int, only: list[str], say: Callable[[str], None]
) -> bool:
    """Try a sample of mutants; whether 95 % of those tried were killed."""
    deadline = time.monotonic() + 60 * PATIENCE * minutes
    targets = [
        target
        for target in find_targets()
        # What a root with environments promises stands in their tests, one var-file each.
        if target.has_tests and not target.environments
        if not only or target.path in only or target.folder.name in only
    ]
    chosen = sample(targets, count, seed)
    record = Record(layout_from_environment().root / "reports" / "terraform-mutants.jsonl")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        checks = Checks(Path(folder))
        trials = Trials(checks, deadline, workers)
        trials.run([placed for placed in chosen if record.is_open(placed)], record)
        checks.close()
    for line in record.lines(chosen):
        say(line)
    return record.share(chosen) >= _WANTED
