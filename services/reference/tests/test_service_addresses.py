"""Which address a request comes from, and whose word for it is taken."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import addresses, settings

TRUSTED = settings.load(
    {"SERVICE": "api", "VERSION": "1", "DATABASE_URL": "postgresql://h/d"}
).limits.trusted


def _found(peer: str | None, *forwarded: str) -> str | None:
    headers = [(b"x-forwarded-for", text.encode("latin-1")) for text in forwarded]
    scope = {"type": "http", "headers": headers, "client": (peer, 4711) if peer else None}
    address = addresses.client(scope, TRUSTED)
    return None if address is None else str(address)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # The edge says who it was; what the client itself said stands before that.
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("198.18.3.4", ["8.8.8.8, 203.0.113.7"], "203.0.113.7"),
        ("10.1.2.3", ["8.8.8.8", "203.0.113.7"], "203.0.113.7"),
        # Two proxies of ours, one behind the other.
        ("10.1.2.3", ["8.8.8.8, 203.0.113.7, 10.9.9.9"], "203.0.113.7"),
        # A client within our own networks.
        ("127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
        ("10.1.2.3", ["192.168.7.7, 10.9.9.9"], "192.168.7.7"),
        # A service calls another.
        ("10.1.2.3", [], None),
        ("127.0.0.1", [""], None),
        # Who is no proxy of ours may say what they like.
        ("203.0.113.7", ["8.8.8.8"], "203.0.113.7"),
        ("203.0.113.7", [], "203.0.113.7"),
        # As some proxies write them.
        ("10.1.2.3", ["203.0.113.7:5678"], "203.0.113.7"),
        ("10.1.2.3", ["[2001:db8::7]:5678"], "2001:db8::7"),
        ("10.1.2.3", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.1.2.3", ["::ffff:203.0.113.7"], "203.0.113.7"),
        # What cannot be an address ends the search.
        ("10.1.2.3", ["8.8.8.8, unknown"], None),
        ("10.1.2.3", ["8.8.8.8, unknown, 10.9.9.9"], "10.9.9.9"),
        (None, ["8.8.8.8"], None),
        ("testclient", ["8.8.8.8"], None),
    ],
)
def test_the_client_is_who_our_own_proxies_saw(
    peer: str | None, forwarded: list[str], client: str | None
) -> None:
    assert _found(peer, *forwarded) == client


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=100))
def test_a_client_cannot_choose_its_address(invented: str) -> None:
    assert _found("10.1.2.3", f"{invented}, 203.0.113.7") == "203.0.113.7"
    assert _found("203.0.113.7", invented) == "203.0.113.7"


def test_an_ipv6_client_is_its_network() -> None:
    first, second = (ipaddress.ip_address(text) for text in ("2001:db8:1:2::7", "2001:db8:1:2:9::"))

    assert addresses.network(first) == addresses.network(second) == "2001:db8:1:2::/64"
