"""Pods' addresses: what the API shows and what is bound on the wire.

The API server refuses loopback addresses in EndpointSlices, so a pod is 198.18.a.b (the range
that RFC 2544 sets aside for benchmarks, never routed) in the API, and listens on 127.18.a.b.
Each sandbox on a machine has a block of 254 addresses of its own, e.g. `18.7` for 198.18.7.0/24.
"""

from __future__ import annotations

from ipaddress import IPv4Address

_OFFSET = (198 - 127) << 24


def wire(pod_ip: str) -> str:
    """The loopback address that the pod with this API address listens on."""
    address = IPv4Address(pod_ip)
    if address.packed[0] != 198 or address.packed[1] not in (18, 19):
        msg = f"'{pod_ip}' is not a pod address of the sandbox. Pods have 198.18.0.0/15."
        raise ValueError(msg)
    return str(IPv4Address(int(address) - _OFFSET))


def api(wire_ip: str) -> str:
    """The API address of the pod that listens on this loopback address."""
    address = IPv4Address(wire_ip)
    if address.packed[0] != 127 or address.packed[1] not in (18, 19):
        msg = f"'{wire_ip}' is not a pod's loopback address. Pods listen on 127.18.0.0/15."
        raise ValueError(msg)
    return str(IPv4Address(int(address) + _OFFSET))
