"""Which mutants are tried: a seeded sample, as many of each kind as there are."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.terraform.mutation.sites import KINDS, Mutant, mutants
from tests.terraform.targets import Target


@dataclass(frozen=True)
class Placed:
    """A mutant and where it is."""

    target: Target
    file: str
    """The file's name in the target's folder."""
    line: int
    mutant: Mutant
    old: str

    @property
    def key(self) -> str:
        """Names it as long as its file stays as it is."""
        text = (self.target.folder / self.file).read_text()
        said = f"{self.target.path}/{self.file}\0{text}\0{self.mutant}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def __str__(self) -> str:
        """Where it is and what it changes."""
        old = self.old if len(self.old) < 60 else f"{self.old[:57]}..."
        new = self.mutant.new or "(nothing)"
        place = f"{self.target.name}/{self.file}:{self.line}"
        return f"{place}: {self.mutant.kind}: {' '.join(old.split())} -> {new}"


def placed_mutants(target: Target) -> list[Placed]:
    """All mutants of a target; the versions it requires are none of its settings."""
    found = []
    for path in sorted(target.folder.glob("*.tf")):
        if path.name == "versions.tf":
            continue
        text = path.read_text()
        for mutant in mutants(text):
            line = text.count("\n", 0, mutant.start) + 1
            old = text[mutant.start : mutant.end]
            found.append(Placed(target, path.name, line, mutant, old))
    return found


def sample(targets: Iterable[Target], count: int, seed: int) -> list[Placed]:
    """Choose mutants: the kinds by turns, each kind's at random."""
    chance = random.Random(seed)
    by_kind: defaultdict[str, list[Placed]] = defaultdict(list)
    for target in targets:
        for placed in placed_mutants(target):
            by_kind[placed.mutant.kind].append(placed)
    for kind in KINDS:
        chance.shuffle(by_kind[kind])
    chosen: list[Placed] = []
    while len(chosen) < count and any(by_kind.values()):
        chosen += [by_kind[kind].pop() for kind in KINDS if by_kind[kind]]
    return chosen[:count]
