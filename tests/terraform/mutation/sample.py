"""Which mutants are tried: a seeded sample, as many of each kind as there are."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
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

    context: str
    """The line it is in, and how many alike come before it: its place when other lines change."""

    @property
    def key(self) -> str:
        """Names it as long as its line stays as it is."""
        return self.rank("")

    def rank(self, seed: str) -> str:
        """Its place in the order of a seed, which other files and lines have no part in."""
        said = (seed, self.target.path, self.file, self.context, self.mutant.kind)
        text = "\0".join((*said, self.old, self.mutant.new))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

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
        lines = text.splitlines()
        seen: Counter[tuple[str, ...]] = Counter()
        for mutant in mutants(text):
            line = text.count("\n", 0, mutant.start) + 1
            old = text[mutant.start : mutant.end]
            alike = (lines[line - 1].strip(), mutant.kind, old, mutant.new)
            context = f"{alike[0]}\0{seen[alike]}"
            seen[alike] += 1
            found.append(Placed(target, path.name, line, mutant, old, context))
    return found


def sample(targets: Iterable[Target], count: int, seed: int) -> list[Placed]:
    """Choose mutants: the kinds by turns, each kind's in the order of the seed."""
    by_kind: defaultdict[str, list[Placed]] = defaultdict(list)
    for target in targets:
        for placed in placed_mutants(target):
            by_kind[placed.mutant.kind].append(placed)
    for found in by_kind.values():
        found.sort(key=lambda placed: placed.rank(str(seed)), reverse=True)
    chosen: list[Placed] = []
    while len(chosen) < count and any(by_kind.values()):
        chosen += [by_kind[kind].pop() for kind in KINDS if by_kind[kind]]
    return chosen[:count]
