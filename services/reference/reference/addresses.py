"""The address that a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from reference.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client(scope: Scope, trusted: Sequence[Network]) -> Address | None:
    """The address of the client; None: another service calls, or the peer has no address.

    A proxy adds the address of its peer at the end of X-Forwarded-For, so what stands before the
    last address that is no trusted proxy's may be anybody's invention. A trusted peer that sends
    no such header is not a proxy but a service: all edges set it.
    """
    peer = _address((scope.get("client") or ("",))[0])
    if peer is None or not _is_in(peer, trusted):
        return peer
    found = None
    for text in reversed(",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")):
        address = _address(text)
        if address is None:
            break
        found = address
        if not _is_in(address, trusted):
            break
    return found


def network(address: Address) -> str:
    """What one client is taken to have: an IPv4 address, or an IPv6 network of 64 bits."""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _address(text: str) -> Address | None:
    text = text.strip()
    # Some proxies add the port: 192.0.2.1:4711 or [2001:db8::1]:4711.
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        # Without the zone of a link-local address.
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
