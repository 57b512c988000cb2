"""What a pod asks for that this node cannot do, said by the field's name. Pure.

Refused is what would change how the pod works. Accepted without effect are the settings that
only guard it: users, capabilities, read-only roots, network policies, CPU limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.apiclient.api import Object

_VOLUMES = ("emptyDir", "configMap", "secret", "downwardAPI", "projected")
_PROJECTIONS = ("configMap", "secret", "downwardAPI", "serviceAccountToken")
_POD_SWITCHES = ("hostNetwork", "hostPID", "hostIPC")


def problems(spec: Object) -> list[str]:
    """A sentence for each field of a pod's spec that cannot be done; empty when all can."""
    words = "not supported by the sandbox's node"
    return [f"spec.{field}: {words}. {fix}" for field, fix in _all(spec)]


def _all(spec: Object) -> Iterator[tuple[str, str]]:
    for switch in _POD_SWITCHES:
        if spec.get(switch):
            yield switch, "Leave it out: pods are processes of the machine and share all of it."
    if spec.get("runtimeClassName"):
        yield "runtimeClassName", "Leave it out."
    if spec.get("resourceClaims"):
        yield "resourceClaims", "Leave it out."
    for n, volume in enumerate(spec.get("volumes") or []):
        yield from _volume(volume, f"volumes[{n}]")
    for kind in ("initContainers", "containers"):
        for n, container in enumerate(spec.get(kind) or []):
            yield from _container(container, f"{kind}[{n}]")


def _volume(volume: Object, field: str) -> Iterator[tuple[str, str]]:
    for kind in volume:
        if kind != "name" and kind not in _VOLUMES:
            yield f"{field}.{kind}", f"Use one of {', '.join(_VOLUMES)}."
    for n, source in enumerate((volume.get("projected") or {}).get("sources") or []):
        for kind in source:
            if kind not in _PROJECTIONS:
                yield (
                    f"{field}.projected.sources[{n}].{kind}",
                    f"Use one of {', '.join(_PROJECTIONS)}.",
                )


def _container(container: Object, field: str) -> Iterator[tuple[str, str]]:
    if container.get("volumeDevices"):
        yield f"{field}.volumeDevices", "Use volumeMounts with an emptyDir."
    for n, port in enumerate(container.get("ports") or []):
        if port.get("hostPort"):
            yield f"{field}.ports[{n}].hostPort", "Use a Service."
    for n, mount in enumerate(container.get("volumeMounts") or []):
        if mount.get("subPathExpr"):
            yield f"{field}.volumeMounts[{n}].subPathExpr", "Use subPath."
        if not mount["mountPath"].strip("/"):
            yield f"{field}.volumeMounts[{n}].mountPath", "Mount below a folder, not at '/'."
    for n, variable in enumerate(container.get("env") or []):
        if (variable.get("valueFrom") or {}).get("fileKeyRef"):
            yield f"{field}.env[{n}].valueFrom.fileKeyRef", "Use configMapKeyRef."
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if (container.get(probe) or {}).get("grpc"):
            yield f"{field}.{probe}.grpc", "Use httpGet, tcpSocket or exec."
