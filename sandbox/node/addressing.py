"""Which pod has which address of the node's block."""

from __future__ import annotations

from sandbox.addresses import api


class OutOfAddressesError(Exception):
    """Every address of the block is taken."""


class Addresses:
    """Hands out `<block>.2` to `<block>.254` in turn, so that one is not soon used again."""

    def __init__(self, block: str) -> None:
        self._block = block
        self._taken: dict[str, int] = {}
        self._next = 2

    def keep(self, owner: str, address: str) -> None:
        """A pod has this address from before."""
        self._taken[owner] = int(address.rpartition(".")[2])

    def take(self, owner: str) -> str:
        """The owner's address (198.18.a.b), a new one when it has none.

        Raises OutOfAddressesError.
        """
        if owner not in self._taken:
            used = set(self._taken.values())
            order = [*range(self._next, 255), *range(2, self._next)]
            number = next((n for n in order if n not in used), None)
            if number is None:
                msg = f"all addresses of 198.{self._block}.0/24 are in use"
                raise OutOfAddressesError(msg)
            self._taken[owner] = number
            self._next = number + 1 if number < 254 else 2
        return api(f"127.{self._block}.{self._taken[owner]}")

    def give_back(self, owner: str) -> None:
        """The owner is gone."""
        self._taken.pop(owner, None)
