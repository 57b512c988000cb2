"""Terraform, for tests: it plans and applies resources that are only names, on a state in S3."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fieldday.processes import Completed
from fieldday.provisioning.store import Store

TYPE = "aws_sns_topic"


class TerraformModel:
    """Answers as Terraform does, for one environment."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.wanted: set[str] = {f"{TYPE}.a", f"{TYPE}.b"}
        """What the configuration says."""
        self.there: set[str] = set()
        """What is in the cloud."""
        self.calls: list[list[str]] = []
        self.failing: dict[str, tuple[int, str, str]] = {}
        """By command: what it ends with instead: code, output, messages."""
        self.stops_after: int | None = None
        """How many resources an apply makes before it is killed."""
        self.archive: str | None = None
        """A file that a plan makes in the root, and its apply reads."""
        self.uploaded: bytes | None = None
        """What an apply found in it."""
        self.keeps_state: bool = False
        """Whether an apply can't store its state."""

    def run(self, argv: Sequence[str], **given: Any) -> Completed:
        words = [str(word) for word in argv]
        assert words[0] == "terraform"
        self.calls.append(words)
        name = " ".join(words[1:3]) if words[1] in ("state", "providers") else words[1]
        if name in self.failing:
            code, stdout, stderr = self.failing[name]
            return Completed(tuple(words), code, stdout, stderr, 0.1)
        answer = getattr(self, f"_{name.replace(' ', '_')}")
        return Completed(tuple(words), 0, answer(words, Path(given["cwd"])) or "", "", 0.1)

    def run_detached(
        self, argv: Sequence[str], *, output: Path, on_line: Callable[[str], None], **given: Any
    ) -> Completed:
        words = [str(word) for word in argv]
        self.calls.append(words)
        if "apply" in self.failing:
            code, stdout, stderr = self.failing["apply"]
            for line in stdout.splitlines():
                on_line(line)
            return Completed(tuple(words), code, stdout, stderr, 0.1)
        if self.archive:
            self.uploaded = (Path(given["cwd"]) / self.archive).read_bytes()
        plan = json.loads(zipfile.ZipFile(words[-1]).read("tfplan"))
        lines: list[str] = []

        def say(**message: Any) -> None:
            lines.append(json.dumps(message))
            on_line(lines[-1])

        for count, (address, action) in enumerate(plan):
            if count == self.stops_after:
                output.write_text("\n".join([*lines, ""]))
                raise KeyboardInterrupt
            resource = {"addr": address, "resource_type": TYPE}
            hook = {"resource": resource, "action": action}
            say(type="apply_start", hook=hook)
            (self.there.add if action == "create" else self.there.discard)(address)
            say(type="apply_complete", hook={**hook, "id_value": f"id-{address}"})
        say(type="change_summary", changes={"operation": "apply"})
        output.write_text("\n".join([*lines, ""]))
        if self.keeps_state:
            kept = json.dumps(self._state_json(self.serial + 1))
            (Path(given["cwd"]) / "errored.tfstate").write_text(kept)
            return Completed(tuple(words), 1, "\n".join(lines), "Failed to save state", 0.1)
        self._store(self._state_json(self.serial + 1))
        return Completed(tuple(words), 0, "\n".join(lines), "", 0.1)

    @property
    def serial(self) -> int:
        return int(self._stored()["serial"])

    def _stored(self) -> dict[str, Any]:
        content = self.store.get(f"{self.store.environment}/terraform.tfstate")
        empty = {"serial": 0, "lineage": "", "resources": []}
        return json.loads(content) if content else empty  # type: ignore[no-any-return]

    def _state_json(self, serial: int) -> dict[str, Any]:
        resources = [
            {"mode": "managed", "type": TYPE, "name": a.split(".")[1], "instances": [{}]}
            for a in sorted(self.there)
        ]
        return {"serial": serial, "lineage": "model", "resources": resources}

    def _store(self, state: dict[str, Any]) -> None:
        key = f"{self.store.environment}/terraform.tfstate"
        self.store.put(key, json.dumps(state).encode())

    def _init(self, _words: list[str], cwd: Path) -> None:
        (cwd / ".terraform").mkdir(exist_ok=True)

    def _fmt(self, _words: list[str], _cwd: Path) -> str:
        return ""

    def _validate(self, _words: list[str], _cwd: Path) -> str:
        return json.dumps({"valid": True, "diagnostics": []})

    def _plan(self, words: list[str], cwd: Path) -> None:
        if self.archive:
            path = cwd / self.archive
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"a function")
        state = self._stored()
        known = {f"{r['type']}.{r['name']}" for r in state["resources"]}
        wanted = set() if "-destroy" in words else self.wanted
        imports = cwd / "recovered_imports.tf"
        text = imports.read_text() if imports.exists() else ""
        taken_up = {a for a in wanted if f"to = {a}\n" in text}
        changes = [[a, "create"] for a in sorted(wanted - known - taken_up)]
        changes += [[a, "delete"] for a in sorted(known - wanted)]
        changes = [] if "-refresh-only" in words else changes
        (out,) = [word.removeprefix("-out=") for word in words if word.startswith("-out=")]
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("tfplan", json.dumps(changes))
            archive.writestr("tfstate", json.dumps(state))
            archive.writestr("imports", json.dumps(sorted(taken_up)))

    def _show(self, words: list[str], _cwd: Path) -> str:
        if not words[-1].endswith(".tfplan"):
            return json.dumps({"values": {"root_module": {}}})
        archive = zipfile.ZipFile(words[-1])
        entries = [
            {
                "address": address,
                "type": TYPE,
                "mode": "managed",
                "change": {"actions": [action], "before": None, "after": {"name": address}},
            }
            for address, action in json.loads(archive.read("tfplan"))
        ]
        for address in json.loads(archive.read("imports")):
            change = {"actions": ["no-op"], "importing": {"id": f"id-{address}"}}
            entries.append({"address": address, "type": TYPE, "mode": "managed", "change": change})
        return json.dumps({"format_version": "1.2", "resource_changes": entries})

    def _output(self, _words: list[str], _cwd: Path) -> str:
        url = {"value": "postgresql://hunter2", "sensitive": True}
        return json.dumps({"url": url, "name": {"value": "x", "sensitive": False}})

    def _state_push(self, words: list[str], _cwd: Path) -> None:
        self._store(json.loads(Path(words[-1]).read_text()))

    def _providers_schema(self, _words: list[str], _cwd: Path) -> str:
        attributes = {"name": {"optional": True}, "arn": {"computed": True}}
        schemas = {TYPE: {"block": {"attributes": attributes}}, "empty": {"block": {}}}
        return json.dumps({"provider_schemas": {"aws": {"resource_schemas": schemas}}})
