"""Where each field comes from that is not simply part of its parent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ariadne import ObjectType, QueryType, ScalarType
from graphql import GraphQLResolveInfo

from reference import inputs
from reference.dependency_errors import DependencyError
from reference.identity.principal import Kind
from reference.services.api.favourites import favourites
from reference.services.api.graph.asked import Asked, Node, flat
from reference.services.api.views import OWN
from reference.values import Page

query = QueryType()
session = ObjectType("Session")
host = ObjectType("Host")
user = ObjectType("User")
favourite = ObjectType("Favourite")
booking = ObjectType("Booking")
# Other services check the moments that they are given. An id becomes part of a path.
scalars = [ScalarType("UUID", serializer=str, value_parser=UUID), ScalarType("DateTime")]

_Info = GraphQLResolveInfo


def _asked(info: _Info) -> Asked:
    asked: Asked = info.context
    return asked


# --- the query -------------------------------------------------------------------------------


@query.field("sessions")
async def sessions(_: None, info: _Info, **wanted: Any) -> list[Node]:
    """Those that are wanted."""
    return await _asked(info).get_all("discovery", "/v1/sessions", **wanted)


@query.field("session")
async def one_session(_: None, info: _Info, **wanted: UUID) -> Node | None:
    """That of this id."""
    try:
        return flat(await _asked(info).get("discovery", f"/v1/sessions/{wanted['id']}"))
    except DependencyError as e:
        if e.status == 404:
            return None
        raise


@query.field("matches")
async def matches(_: None, info: _Info, **wanted: Any) -> list[Node]:
    """Those that suit best."""
    found = await _asked(info).get("discovery", "/v1/matches", **wanted)
    return [{**match, "session": flat(match["session"])} for match in found]


@query.field("me")
async def me(_: None, info: _Info) -> Node | None:
    """Who asks, if that is a user."""
    asked = _asked(info)
    caller = asked.call.caller
    if caller is None or caller.kind is not Kind.USER:
        return None
    profile = await asked.lenient.ask(asked.get("auth", "/v1/userinfo")) or {}
    return {"id": caller.id, "name": profile.get("name"), "email": profile.get("email")}


# --- a session -------------------------------------------------------------------------------


@session.field("host")
async def host_of(parent: Node, _: _Info) -> Node | None:
    """Its owner."""
    return {"id": parent["owner"]} if parent["owner"] else None


@session.field("conditions")
async def conditions_of(parent: Node, info: _Info) -> Node | None:
    """Those at its spot."""
    return await _asked(info).conditions.load(parent["spot"])


@host.field("score")
@user.field("score")
async def score_of(parent: Node, info: _Info) -> Node | None:
    """How reliable somebody is."""
    return await _asked(info).scores.load(parent["id"])


@favourite.field("session")
@booking.field("session")
async def session_of(parent: Node, info: _Info) -> Node | None:
    """What is liked, or booked."""
    return await _asked(info).sessions.load(str(parent["session"]))


# --- a user's own ----------------------------------------------------------------------------


@user.field("favourites")
async def own_favourites(_: Node, info: _Info, limit: int) -> list[Node]:
    """Kept here."""
    call = _asked(info).call
    page: Page = inputs.values({"limit": str(limit)}, Page, "favourites")
    newest = await favourites(call.service).newest(page.limit, owner=call.user)
    return [{"created_at": r.created_at.isoformat(), "session": r.data.session} for r in newest]


def _list(name: str, service: str, path: str) -> None:
    """That of this name, which a service keeps."""

    @user.field(name)
    async def newest(_: Node, info: _Info, limit: int) -> list[Node] | None:
        asked = _asked(info)
        return await asked.lenient.ask(asked.get_all(service, path, limit=limit))


for _name, _place in OWN.items():
    _list(_name, *_place)

resolvers = [query, session, host, user, favourite, booking, *scalars]
