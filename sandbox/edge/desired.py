"""The edge's desired state, derived from the cluster's objects. Pure functions.

A backend is one port of a Service. A route is one rule of an HTTPRoute: it splits requests
between at most two backends by weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from sandbox.addresses import wire

Object: TypeAlias = dict[str, Any]

CONTROLLER = "fieldday.io/edge"
_MAX_BACKENDS = 2
# The fields of a rule that the edge supports. Others are refused, never ignored.
_FOLLOWED = {"name", "matches", "backendRefs"}


class Backend(NamedTuple):
    """One port of a Service."""

    namespace: str
    service: str
    port: int

    def __str__(self) -> str:
        """For people, such as `production/api:8080`."""
        return f"{self.namespace}/{self.service}:{self.port}"


@dataclass(frozen=True)
class Server:
    """One pod behind a backend."""

    address: str
    """Where it listens on the wire, such as `127.18.7.4:8080`."""
    ready: bool
    """Whether it gets new requests."""


@dataclass(frozen=True)
class Split:
    """`weight` percent of the requests go to `second`, the others to `first`."""

    first: Backend
    second: Backend
    weight: int


# For a rule without backends: no Service has this name.
_NOWHERE = Split(Backend("", "", 0), Backend("", "", 0), 0)


@dataclass(frozen=True)
class Condition:
    """A condition of a route's status."""

    type: str
    status: bool
    reason: str
    message: str


@dataclass
class Desired:
    """The edge's whole desired state."""

    servers: dict[Backend, dict[str, Server]] = field(default_factory=dict)
    """By backend, those of older Services first: its servers by name."""
    splits: dict[str, Split] = field(default_factory=dict)
    """By route, which is called `<namespace>/<name>/<index of the rule>`."""
    paths: dict[str, str] = field(default_factory=dict)
    """By `<host>/<prefix>/`: the route."""
    hosts: dict[str, Backend] = field(default_factory=dict)
    """By `<host>:<port>` as pods say it: the Service's port."""
    conditions: dict[tuple[str, str], list[Condition]] = field(default_factory=dict)
    """By route's namespace and name."""


def desired(
    routes: Iterable[Object], services: Iterable[Object], slices: Iterable[Object]
) -> Desired:
    """The desired state for these objects."""
    found = Desired()
    names: dict[Backend, str] = {}
    # If there are too few slots, older Services keep theirs, also after a restart.
    for service in sorted(services, key=_age):
        for port in service["spec"].get("ports") or ():
            backend = Backend(*_named(service), int(port["port"]))
            names[backend] = port.get("name") or ""
            found.servers[backend] = {}
            found.hosts.update(dict.fromkeys(_hosts(backend), backend))
    endpoints = list(slices)
    for backend, name in names.items():
        for piece in endpoints:
            found.servers[backend].update(_servers(piece, backend, name))
    # If two claim the same match, the older one wins.
    # https://gateway-api.sigs.k8s.io/reference/api-spec/main/spec/#httprouterule
    for route in sorted(routes, key=_age):
        _add_route(found, route)
    return found


def _named(item: Object) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]


def _age(item: Object) -> tuple[str, str, str]:
    return (item["metadata"].get("creationTimestamp", ""), *_named(item))


def _hosts(backend: Backend) -> list[str]:
    short = f"{backend.service}.{backend.namespace}"
    names = (short, f"{short}.svc", f"{short}.svc.cluster.local")
    hosts = [f"{name}:{backend.port}" for name in names]
    return hosts + list(names) if backend.port == 80 else hosts


def _servers(piece: Object, backend: Backend, port_name: str) -> dict[str, Server]:
    labels = piece["metadata"].get("labels") or {}
    of = (piece["metadata"]["namespace"], labels.get("kubernetes.io/service-name"))
    if of != (backend.namespace, backend.service):
        return {}
    numbers = [p["port"] for p in piece.get("ports") or () if (p.get("name") or "") == port_name]
    found = {}
    for endpoint in piece.get("endpoints") or ():
        for number in numbers:
            address = _address(endpoint["addresses"][0])
            # A missing condition counts as true.
            ready = (endpoint.get("conditions") or {}).get("ready") is not False
            if address:
                # With its address: a pod of the same name may come back with another one.
                name = f"{(endpoint.get('targetRef') or {}).get('name', '')}_{address}_{number}"
                found[name] = Server(f"{address}:{number}", ready)
    return found


def _address(ip: str) -> str:
    try:
        return wire(ip)
    except ValueError:
        # Not a pod's: the API server's own Service, for one.
        return ""


def _add_route(found: Desired, route: Object) -> None:
    namespace, name = _named(route)
    accepted = Condition("Accepted", True, "Accepted", "The edge follows this route.")
    resolved = Condition("ResolvedRefs", True, "ResolvedRefs", "Each Service is there.")
    hosts = route["spec"].get("hostnames") or ()
    refused = _unsupported_hosts(hosts)
    for index, rule in enumerate(() if refused else route["spec"].get("rules") or ()):
        if problem := _unsupported(rule):
            refused = f"rules[{index}]: {problem}"
            continue
        split = _split(rule, namespace)
        key = f"{namespace}/{name}/{index}"
        found.splits[key] = split
        for host in hosts:
            for prefix in _prefixes(rule):
                found.paths.setdefault(path_key(host, prefix), key)
        for backend in (split.first, split.second):
            if backend not in found.servers:
                message = f"There is no Service {backend.service} with port {backend.port}."
                if split is _NOWHERE:
                    message = f"rules[{index}]: no backend has a weight."
                resolved = Condition("ResolvedRefs", False, "BackendNotFound", message)
    if refused:
        accepted = Condition("Accepted", False, "UnsupportedValue", refused)
    found.conditions[namespace, name] = [accepted, resolved]


def path_key(host: str, prefix: str) -> str:
    """How a host and a path prefix are looked up: by whole elements, so it ends with a slash."""
    return f"{host.lower()}/{prefix.strip('/')}/".replace("//", "/")


def _prefixes(rule: Object) -> list[str]:
    matches = rule.get("matches") or [{}]
    return [(match.get("path") or {}).get("value", "/") for match in matches]


def _unsupported_hosts(hosts: Sequence[str]) -> str:
    if not hosts:
        return "hostnames: there is none. Name each host."
    if any("*" in host for host in hosts):
        return "hostnames: wildcards are not supported by the sandbox's edge. Name each host."
    return ""


def _unsupported(rule: Object) -> str:
    """What a rule requests that the edge does not support; empty if it supports all."""
    refs = rule.get("backendRefs") or ()
    if len(refs) > _MAX_BACKENDS:
        return f"{len(refs)} backendRefs: the edge splits between two. Give at most two."
    others = {field for field, value in rule.items() if value} - _FOLLOWED
    others |= {"backendRefs.filters" for ref in refs if ref.get("filters")}
    if others:
        names = ", ".join(sorted(others))
        return f"{names}: not supported by the sandbox's edge. Leave it out."
    for match in rule.get("matches") or ():
        if others := set(match) - {"path"}:
            return f"matches by {', '.join(sorted(others))}: not supported. Use path."
        if (match.get("path") or {}).get("type", "PathPrefix") != "PathPrefix":
            return "matches.path.type: only PathPrefix is supported. Use that."
    for ref in refs:
        if ref.get("kind", "Service") != "Service" or ref.get("group", "") != "":
            return f"backendRefs: {ref.get('kind')} is not supported. Use a Service."
    return ""


def _split(rule: Object, namespace: str) -> Split:
    refs = rule.get("backendRefs") or ()
    backends = [
        Backend(ref.get("namespace", namespace), ref["name"], int(ref.get("port", 80)))
        for ref in refs
    ]
    weights = [int(ref.get("weight", 1)) for ref in refs]
    if not sum(weights):
        return _NOWHERE
    second = round(100 * weights[1] / sum(weights)) if len(weights) > 1 else 0
    return Split(backends[0], backends[-1], second)
