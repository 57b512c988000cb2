"""What became of the mutants, kept from run to run so that a cut run goes on."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from pathlib import Path

from tests.terraform.mutation.sample import Placed
from tests.terraform.mutation.trial import Result
from tests.terraform.targets import Target


class Record:
    """Results by mutant, one JSON line each; the last line of a mutant holds."""

    def __init__(self, path: Path) -> None:
        """Go on with what is in `path`."""
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, str]] = {}
        self.refusals: list[str] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            for line in path.read_text().splitlines():
                said = json.loads(line)
                self._known[said["key"]] = said

    def __call__(self, result: Result) -> None:
        """Keep a result."""
        said = {
            "key": result.placed.key,
            "mutant": str(result.placed),
            "kind": result.placed.mutant.kind,
            "verdict": result.verdict,
            "tests": _digest(result.placed.target),
            "seconds": f"{result.seconds:.1f}",
        }
        self._write(said)

    def is_sound(self, target: Target) -> bool:
        """Whether the target, as it is, was seen to pass its own tests."""
        return _whole(target) in self._known

    def sound(self, target: Target) -> None:
        """Note that the target, as it is, passes its own tests."""
        self._write({"key": _whole(target), "verdict": "sound", "mutant": target.name})

    def _write(self, said: dict[str, str]) -> None:
        with self._lock, self._path.open("a") as file:
            self._known[said["key"]] = said
            file.write(json.dumps(said) + "\n")

    def refused(self, target: Target, why: str) -> None:
        """Note that a target could not be tried."""
        del target
        self.refusals.append(why)

    def is_open(self, placed: Placed) -> bool:
        """Whether it has to be tried: it is new, or survived other tests than there are now."""
        known = self._known.get(placed.key)
        if known is None:
            return True
        return known["verdict"] == "survived" and known["tests"] != _digest(placed.target)

    def lines(self, chosen: list[Placed]) -> list[str]:
        """The share that was killed, by whom, and the survivors."""
        tried = [known for placed in chosen if (known := self._known.get(placed.key))]
        if not tried:
            return ["no mutant was tried"]
        killed = [known for known in tried if known["verdict"] != "survived"]
        by = Counter(known["verdict"] for known in killed)
        kinds = Counter(known["kind"] for known in tried)
        killed_kinds = Counter(known["kind"] for known in killed)
        said = [f"survived: {k['mutant']}" for k in tried if k["verdict"] == "survived"]
        said += [f"not tried: {why}" for why in self.refusals]
        said += [f"{kind}: {killed_kinds[kind]} of {n} killed" for kind, n in sorted(kinds.items())]
        share = f"{100 * len(killed) / len(tried):.1f} %"
        who = ", ".join(f"{n} by {name}" for name, n in by.most_common())
        said.append(f"{len(killed)} of {len(tried)} mutants killed ({share}): {who}")
        if len(tried) < len(chosen):
            said.append(f"{len(chosen) - len(tried)} were not tried in time; run it again to go on")
        return said

    def share(self, chosen: list[Placed]) -> float:
        """The share of those tried that was killed, 0 to 1."""
        tried = [known for placed in chosen if (known := self._known.get(placed.key))]
        killed = sum(known["verdict"] != "survived" for known in tried)
        return killed / len(tried) if tried else 0.0


def _whole(target: Target) -> str:
    digest = hashlib.sha256(target.path.encode())
    for path in target.sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _digest(target: Target) -> str:
    digest = hashlib.sha256()
    for path in sorted(target.folder.glob("tests/**/*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
