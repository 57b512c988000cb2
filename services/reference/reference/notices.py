"""What other services have `notification` tell a user."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from reference.peers import as_itself
from reference.service import Service

Channel = Literal["push", "email", "sms"]
Address = Annotated[str, Meta(min_length=3, max_length=200)]


class Notice(Struct, frozen=True):
    """What is to be told. It holds no text that another user wrote.

    address: where else than to the user's own address, such as a guardian's telephone.
    """

    user: str
    channel: Channel
    subject: str
    text: str
    address: str | None = None


async def notify(service: Service, notice: Notice, *, key: str) -> dict[str, Any]:
    """Have it told. key: the same again is told once. Raises DependencyError."""
    return await as_itself(service).post(
        "notification", "/v1/notifications", dict[str, Any], notice, key=key
    )
