"""What one query needs of other services, asked for together and once each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiodataloader import DataLoader

from reference.domain.scores import MOST_SCORES
from reference.lenient import Lenient
from reference.operations import Call
from reference.peers import as_caller

Node = dict[str, Any]


class Asked:
    """One query: who asks, and loaders that ask for all that is wanted at one level at once.

    Each loader gives None for what can't be had, or is not there.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.lenient = Lenient()
        self.scores: DataLoader[str, Node | None] = DataLoader(
            self._scores, max_batch_size=MOST_SCORES
        )
        self.conditions: DataLoader[str, Node | None] = DataLoader(self._conditions)
        self.sessions: DataLoader[str, Node | None] = DataLoader(self._sessions)
        self._peers = as_caller(call)

    async def get(self, name: str, path: str, **query: object) -> Any:
        """What is there. Raises DependencyError."""
        return await self._peers.get(name, path, Any, **query)

    async def get_all(self, name: str, path: str, **query: object) -> list[Node]:
        """The records of a list. Raises DependencyError."""
        return [flat(record) for record in await self.get(name, path, **query)]

    async def _scores(self, users: Sequence[str]) -> list[Node | None]:
        asked = self.get("reliability", "/v1/scores", users=",".join(users))
        found = {score["user"]: score for score in await self.lenient.ask(asked) or ()}
        return [found.get(user) for user in users]

    async def _conditions(self, spots: Sequence[str]) -> list[Node | None]:
        asked = (self.get("conditions", f"/v1/spots/{spot}/conditions") for spot in spots)
        return list(await asyncio.gather(*map(self.lenient.ask, asked)))

    async def _sessions(self, ids: Sequence[str]) -> list[Node | None]:
        asked = (self.get("discovery", f"/v1/sessions/{session}") for session in ids)
        found = await asyncio.gather(*map(self.lenient.ask, asked))
        return [None if record is None else flat(record) for record in found]


def flat(record: Node) -> Node:
    """A record with its data beside its id, as the schema has it."""
    return {**record["data"], **{key: value for key, value in record.items() if key != "data"}}
