"""A model of an API server, for tests: as much of it as kubectl is asked for."""

from __future__ import annotations

import json
from typing import Any

from fieldday.processes import CommandFailed, Completed


class FakeApi:
    """An API server with leases and resource versions, behind kubectl's words."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self.version = 0
        self.error = ""
        self.argv: list[str] = []

    def run(self, argv: list[str], *, timeout: float, env: object, **given: Any) -> Completed:
        self.argv = argv
        assert timeout
        assert env is not None
        if self.error:
            raise self._failed(argv, self.error)
        out = ""
        if argv[1] == "get" and argv[2] == "deployments,pods":
            out = json.dumps({"items": [{"kind": "Pod"}]})
        elif argv[1] == "get":
            thing = self.things.get(argv[3])
            out = json.dumps(thing) if thing else ""
        else:
            self._write(argv, json.loads(given["input"]))
        return Completed(tuple(argv), 0, out, "", 0.1)

    def _write(self, argv: list[str], thing: dict[str, Any]) -> None:
        name = thing["metadata"]["name"]
        there = self.things.get(name)
        if argv[1] == "create" and there:
            raise self._failed(argv, "Error from server (AlreadyExists): leases exist")
        seen = thing["metadata"].get("resourceVersion")
        if argv[1] == "replace" and (not there or there["metadata"]["resourceVersion"] != seen):
            raise self._failed(argv, "Error from server (Conflict): modified")
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.things[name] = thing

    @staticmethod
    def _failed(argv: list[str], said: str) -> CommandFailed:
        return CommandFailed(Completed(tuple(argv), 1, "", said, 0.1), said)
