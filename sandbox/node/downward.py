"""The downward API: a pod's own fields and resources as text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sandbox.apiclient.api import Object
from sandbox.node.quantities import parse

_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


class ConfigError(Exception):
    """The container's configuration cannot be made; the message is the kubelet's."""


@dataclass(frozen=True)
class Downward:
    """What a pod may be told of itself.

    Addresses are those of the wire: the process binds the one it is told, and the address that
    the API shows (198.18.a.b) exists on no interface.
    """

    pod: Object
    pod_ip: str
    host_ip: str
    allocatable: Object

    def field(self, path: str) -> str:
        """The value at a `fieldPath`.

        Raises ConfigError: there is no such field.
        """
        metadata = self.pod["metadata"]
        if match := _KEYED.fullmatch(path):
            return str((metadata.get(match[1]) or {}).get(match[2], ""))
        if path in ("metadata.labels", "metadata.annotations"):
            found = metadata.get(path.removeprefix("metadata.")) or {}
            return "\n".join(f'{key}="{_escaped(value)}"' for key, value in sorted(found.items()))
        known = {
            "metadata.name": metadata["name"],
            "metadata.namespace": metadata["namespace"],
            "metadata.uid": metadata["uid"],
            "spec.nodeName": self.pod["spec"].get("nodeName", ""),
            "spec.serviceAccountName": self.pod["spec"].get("serviceAccountName", ""),
            "status.podIP": self.pod_ip,
            "status.podIPs": self.pod_ip,
            "status.hostIP": self.host_ip,
            "status.hostIPs": self.host_ip,
        }
        if path not in known:
            msg = f"unsupported fieldPath: {path}"
            raise ConfigError(msg)
        return str(known[path])

    def resource(self, reference: Object, container: str) -> str:
        """The value of a `resourceFieldRef`, rounded up to its divisor.

        Raises ConfigError: no such container or resource.
        """
        name = reference.get("containerName") or container
        spec = self.pod["spec"]
        everyone = [*spec["containers"], *(spec.get("initContainers") or [])]
        found = next((c for c in everyone if c["name"] == name), None)
        kind, _, resource = str(reference["resource"]).partition(".")
        if found is None or kind not in ("limits", "requests"):
            msg = f"unsupported resourceFieldRef: {reference['resource']} of container {name}"
            raise ConfigError(msg)
        resources = found.get("resources") or {}
        value = (resources.get(kind) or {}).get(resource)
        if value is None:
            # An absent limit is what the node can give; an absent request asks for nothing.
            value = self.allocatable.get(resource, "0") if kind == "limits" else "0"
        divisor = parse(reference.get("divisor") or "1") or parse("1")
        return str(math.ceil(parse(value) / divisor))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
