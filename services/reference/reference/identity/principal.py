"""Who calls."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a caller is. The names are those of `operations.Access`."""

    USER = "user"
    SERVICE = "service"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose token was found good.

    id: a user's id (a UUID), a service's or an operator's name.
    adult: whether a user is of age (18 years).
    """

    id: str
    kind: Kind
    adult: bool = True
