"""What the proof came to, in figures: for the end of the run, and as a report."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.layout import layout_from_environment
from tests.terraform.checking import Checked
from tests.terraform.scanning import Scan
from tests.terraform.targets import Target

_EXPECTED = re.compile(r"expect_failures\s*=\s*\[(.*?)\]", re.DOTALL)


def assertions(folder: Path) -> int:
    """How many conditions a folder's tests assert, refusals of bad input included."""
    text = "\n".join(path.read_text() for path in folder.glob("tests/**/*.tftest.hcl"))
    refusals = sum(len(re.findall(r"[\w.\[\]\"-]+", m)) for m in _EXPECTED.findall(text))
    return len(re.findall(r"^\s*assert \{", text, re.MULTILINE)) + refusals


@dataclass
class Figures:
    """Gathered while the tests run."""

    checked: dict[Target, Checked] = field(default_factory=dict)
    scan: Scan | None = None
    begun: float = field(default_factory=time.monotonic)

    def lines(self) -> list[str]:
        """What is said at the end of the run; nothing when nothing was checked."""
        if not self.checked:
            return []
        kinds = [target.kind for target in self.checked]
        environments = sum(len(one.environments) for one in self.checked.values())
        runs = sum(
            tested.passed
            for one in self.checked.values()
            for tested in (one.tested, *one.environments.values())
        )
        slowest = max(self.checked.items(), key=lambda pair: pair[1].validate_seconds)
        said = [
            f"{kinds.count('module')} modules, {kinds.count('example')} examples, "
            f"{kinds.count('root')} roots, {environments} environments",
            f"{runs} test runs passed, {self._assertions()} assertions",
            f"slowest validate: {slowest[0].name}, {slowest[1].validate_seconds:.1f} s",
        ]
        if self.scan is not None:
            said.append(
                f"checkov: {self.scan.passed} passed, {len(self.scan.failed)} failed, "
                f"{len(self.scan.skipped)} skipped with a reason each"
            )
        return said

    def _assertions(self) -> int:
        return sum(assertions(target.folder) for target in self.checked)

    def write(self) -> Path | None:
        """Write the report; None when nothing was checked."""
        if not self.checked:
            return None
        path = layout_from_environment().root / "reports" / "terraform.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        report = {
            "seconds": round(time.monotonic() - self.begun, 1),
            "assertions": self._assertions(),
            "targets": {
                target.name: {
                    "kind": target.kind,
                    "validate_seconds": round(one.validate_seconds, 2),
                    "runs": one.tested.passed,
                    "test_seconds": round(one.tested.seconds, 1),
                    "assertions": assertions(target.folder),
                    "environments": sorted(one.environments),
                }
                for target, one in self.checked.items()
            },
        }
        if self.scan is not None:
            report["checkov"] = {
                "passed": self.scan.passed,
                "failed": [str(one) for one in self.scan.failed],
                "skipped": [str(one) for one in self.scan.skipped],
            }
        path.write_text(json.dumps(report, indent=2) + "\n")
        return path
