"""Making HAProxy be as desired. What it was told is remembered, since it starts empty with us."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from sandbox.edge.configuration import POOL, ROUTES, SERVICES, SPLITS, STATE, slot
from sandbox.edge.desired import Backend, Desired, Server
from sandbox.edge.runtime import RefusedError, Runtime

_NOWHERE = "nowhere"


@dataclass
class Proxy:
    """One HAProxy that was just started."""

    runtime: Runtime
    _free: list[int] = field(default_factory=lambda: list(range(POOL)))
    _slots: dict[Backend, int] = field(default_factory=dict)
    _servers: dict[Backend, dict[str, Server]] = field(default_factory=dict)
    _leaving: dict[Backend, set[str]] = field(default_factory=dict)
    _routes: dict[str, str] = field(default_factory=dict)
    _maps: dict[str, dict[str, str]] = field(default_factory=dict)

    async def follow(self, desired: Desired) -> bool:
        """Do what changed; whether something is left that needs another go.

        First what requests may be sent to, then where they are sent, then what nobody needs.
        """
        for backend, servers in desired.servers.items():
            await self._update_servers(backend, servers)
        await self._map(SPLITS, self._splits(desired))
        paths = {key: self._route(route) for key, route in desired.paths.items()}
        await self._map(ROUTES, paths)
        hosts = {host: slot(self._slots[b]) for host, b in desired.hosts.items()}
        await self._map(SERVICES, hosts)
        for backend in set(self._servers) - set(desired.servers):
            await self._update_servers(backend, {})
        await self._map(STATE, {"synced": "yes"})
        return await self._sweep(set(desired.servers))

    def _splits(self, desired: Desired) -> dict[str, str]:
        return {
            self._route(route): f"{self._at(split.first)}|{self._at(split.second)}|{split.weight}"
            for route, split in desired.splits.items()
        }

    def _at(self, backend: Backend) -> str:
        return slot(self._slots[backend]) if backend in self._slots else _NOWHERE

    def _route(self, name: str) -> str:
        """A short name of a route, the same for as long as this HAProxy lives."""
        return self._routes.setdefault(name, f"r{len(self._routes)}")

    async def _update_servers(self, backend: Backend, wanted: dict[str, Server]) -> None:
        if backend not in self._slots:
            if not self._free:
                msg = f"the edge serves at most {POOL} ports of Services"
                raise RefusedError(msg)
            self._slots[backend] = self._free.pop(0)
        known = self._servers.setdefault(backend, {})
        leaving = self._leaving.setdefault(backend, set())
        for name in [n for n, server in known.items() if n not in wanted]:
            await self._state(backend, name, "maint")
            del known[name]
            leaving.add(name)
        for name, server in wanted.items():
            before = known.get(name)
            if before == server:
                continue
            if before is not None and before.address != server.address:
                # A pod's address never changes; a Service's target port may.
                continue
            if before is None and name not in leaving:
                at = f"{slot(self._slots[backend])}/{name}"
                await self.runtime.do(f"add server {at} {server.address}", "New server registered")
            leaving.discard(name)
            await self._state(backend, name, "ready" if server.ready else "drain")
            known[name] = server

    async def _state(self, backend: Backend, name: str, state: str) -> None:
        at = f"{slot(self._slots[backend])}/{name}"
        await self.runtime.do(f"set server {at} state {state}")

    async def _sweep(self, wanted: set[Backend]) -> bool:
        """Remove servers whose last request has ended; whether some are left."""
        for backend, names in self._leaving.items():
            for name in tuple(names):
                at = f"{slot(self._slots[backend])}/{name}"
                with contextlib.suppress(RefusedError):
                    await self.runtime.do(f"del server {at}", "Server deleted")
                    names.discard(name)
        for backend in [b for b in self._slots if b not in wanted and not self._leaving[b]]:
            self._free.append(self._slots.pop(backend))
            del self._servers[backend], self._leaving[backend]
        return any(self._leaving.values())

    async def _map(self, name: str, wanted: dict[str, str]) -> None:
        known = self._maps.setdefault(name, {})
        for key, value in wanted.items():
            # `add` twice makes two, `set` of what is not there fails.
            if key not in known:
                await self.runtime.do(f"add map {name} {key} {value}")
            elif known[key] != value:
                await self.runtime.do(f"set map {name} {key} {value}")
            known[key] = value
        for key in [key for key in known if key not in wanted]:
            await self.runtime.do(f"del map {name} {key}")
            del known[key]
