"""What HAProxy 2.8 does with the edge's commands, as far as the edge relies on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from unittest.mock import create_autospec

from sandbox.edge.configuration import MAPS, POOL, slot
from sandbox.edge.runtime import RefusedError, Runtime


@dataclass
class Place:
    """One server of a backend."""

    address: str
    state: str = "maint"


@dataclass
class Haproxy:
    """One that was just started: empty maps, and a pool of empty backends."""

    pool: dict[str, dict[str, Place]] = field(
        default_factory=lambda: {slot(number): {} for number in range(POOL)}
    )
    maps: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in MAPS})
    busy: set[str] = field(default_factory=set)
    """Servers with a request that has not ended."""
    commands: list[str] = field(default_factory=list)

    def runtime(self) -> Runtime:
        """What the edge talks to."""
        found: Runtime = create_autospec(Runtime, instance=True, spec_set=True)
        found.do.side_effect = self._do  # type: ignore[attr-defined]
        return found

    def servers(self) -> dict[str, dict[str, Place]]:
        """The servers of each backend that has one."""
        return {name: servers for name, servers in self.pool.items() if servers}

    async def _do(self, command: str, good: str = "") -> None:
        self.commands.append(command)
        answer = self._answer(command)
        if not answer.startswith(good) or (answer and not good):
            msg = f"{command}: {answer}"
            raise RefusedError(msg)

    def _answer(self, command: str) -> str:
        words = [re.sub(r"\\(.)", r"\1", w) for w in re.findall(r"(?:\\.|[^ ;])+", command)]
        match words:
            case ["add", "server", at, address]:
                return self._add_server(at, address)
            case ["set", "server", at, "state", state]:
                backend, _, name = at.partition("/")
                if name not in self.pool.get(backend, {}):
                    return "No such server."
                self.pool[backend][name].state = state
                return ""
            case ["del", "server", at]:
                return self._delete_server(at)
            case ["add", "map", name, key, value]:
                # It would keep both, and give the first for ever.
                assert key not in self.maps[name], f"{key} is there twice"
                self.maps[name][key] = value
                return ""
            case ["set", "map", name, key, value]:
                if key not in self.maps[name]:
                    return "entry not found."
                self.maps[name][key] = value
                return ""
            case ["del", "map", name, key]:
                return "" if self.maps[name].pop(key, None) else "Key not found."
            case _:
                return f"Unknown command: '{command}'"

    def _add_server(self, at: str, address: str) -> str:
        backend, _, name = at.partition("/")
        if backend not in self.pool:
            return "No such backend."
        if name in self.pool[backend]:
            return "Already exists a server with the same name in backend."
        self.pool[backend][name] = Place(address)
        return "New server registered."

    def _delete_server(self, at: str) -> str:
        backend, _, name = at.partition("/")
        if name not in self.pool.get(backend, {}):
            return "No such server."
        if self.pool[backend][name].state != "maint":
            return "Only servers in maintenance mode can be deleted."
        if name in self.busy:
            return "Server still has connections attached to it, cannot remove it."
        del self.pool[backend][name]
        return "Server deleted."
