"""Reconciles HAProxy with the desired state; remembers what it was told, since it starts empty."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sandbox.edge.configuration import POOL, ROUTES, SERVICES, SPLITS, STATE
from sandbox.edge.desired import Backend, Desired, Server
from sandbox.edge.places import Places
from sandbox.edge.runtime import RefusedError, Runtime, word

# HAProxy's answer for a server with an active request or idle connection.
_BUSY = "still has connections"

_log = logging.getLogger(__name__)


@dataclass
class Proxy:
    """One HAProxy that was just started.

    If it refuses a command, what we remember of it may be wrong: both have to be restarted, and
    are then rebuilt from the cluster's objects.
    """

    runtime: Runtime
    unplaced: frozenset[Backend] = frozenset()
    """Those without a slot in the pool; requests for them are answered with 503."""
    _places: Places = field(default_factory=Places)
    _servers: dict[Backend, dict[str, Server]] = field(default_factory=dict)
    _leaving: dict[Backend, set[str]] = field(default_factory=dict)
    _routes: dict[str, str] = field(default_factory=dict)
    _maps: dict[str, dict[str, str]] = field(default_factory=dict)

    async def follow(self, desired: Desired) -> bool:
        """Apply what changed; returns whether something is left that needs another pass.

        First new servers, then routes, then removal of what is unused.

        Raises RefusedError, OSError, TimeoutError: HAProxy fails. Restart it.
        """
        self._place(desired)
        for backend, servers in desired.servers.items():
            if backend not in self.unplaced:
                await self._update_servers(backend, servers)
        await self._map(SPLITS, self._splits(desired))
        paths = {key: self._route(route) for key, route in desired.paths.items()}
        await self._map(ROUTES, paths)
        hosts = {host: self._places.of(backend) for host, backend in desired.hosts.items()}
        await self._map(SERVICES, hosts)
        for backend in self._servers.keys() - desired.servers.keys():
            await self._update_servers(backend, {})
        await self._map(STATE, {"synced": "yes"})
        return await self._sweep(frozenset(desired.servers))

    def _place(self, desired: Desired) -> None:
        before, self.unplaced = self.unplaced, self._places.give(desired.servers)
        if new := sorted(self.unplaced - before):
            names = ", ".join(map(str, new))
            _log.error("no place for %s: all %d are taken. They wait for one.", names, POOL)
        if placed := sorted((before - self.unplaced) & desired.servers.keys()):
            _log.info("a place was found for %s", ", ".join(map(str, placed)))

    def _splits(self, desired: Desired) -> dict[str, str]:
        at = self._places.of
        return {
            self._route(route): f"{at(split.first)}|{at(split.second)}|{split.weight}"
            for route, split in desired.splits.items()
        }

    def _route(self, name: str) -> str:
        """A short name of a route, stable for the lifetime of this HAProxy."""
        return self._routes.setdefault(name, f"r{len(self._routes)}")

    async def _update_servers(self, backend: Backend, wanted: dict[str, Server]) -> None:
        known = self._servers.setdefault(backend, {})
        leaving = self._leaving.setdefault(backend, set())
        for name in [n for n in known if n not in wanted]:
            await self._state(backend, name, "maint")
            del known[name]
            leaving.add(name)
        for name, server in wanted.items():
            if known.get(name) == server:
                continue
            if name not in known and name not in leaving:
                at = self._at(backend, name)
                await self.runtime.do(f"add server {at} {server.address}", "New server registered")
            leaving.discard(name)
            await self._state(backend, name, "ready" if server.ready else "drain")
            known[name] = server

    async def _state(self, backend: Backend, name: str, state: str) -> None:
        await self.runtime.do(f"set server {self._at(backend, name)} state {state}")

    def _at(self, backend: Backend, name: str) -> str:
        return f"{self._places.of(backend)}/{name}"

    async def _sweep(self, wanted: frozenset[Backend]) -> bool:
        """Remove drained servers, and release unused slots.

        Returns whether some are left, or a slot was freed for which a route waits.
        """
        for backend, names in self._leaving.items():
            for name in tuple(names):
                if await self._delete(backend, name):
                    names.discard(name)
        gone = [b for b in self._places.taken() - wanted if not self._leaving[b]]
        for backend in gone:
            self._places.take_back(backend)
            del self._servers[backend], self._leaving[backend]
        return any(self._leaving.values()) or bool(gone and self.unplaced)

    async def _delete(self, backend: Backend, name: str) -> bool:
        try:
            await self.runtime.do(f"del server {self._at(backend, name)}", "Server deleted")
        except RefusedError as error:
            if _BUSY not in str(error):
                raise
            return False
        return True

    async def _map(self, name: str, wanted: dict[str, str]) -> None:
        known = self._maps.setdefault(name, {})
        for key, value in wanted.items():
            # `add` twice makes two, `set` of what is not there fails.
            if key not in known:
                await self.runtime.do(f"add map {name} {word(key)} {value}")
            elif known[key] != value:
                await self.runtime.do(f"set map {name} {word(key)} {value}")
            known[key] = value
        for key in [key for key in known if key not in wanted]:
            await self.runtime.do(f"del map {name} {word(key)}")
            del known[key]
