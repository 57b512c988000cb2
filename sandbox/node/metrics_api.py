"""metrics.k8s.io/v1beta1, which `kubectl top` and the HorizontalPodAutoscaler read.

A cluster runs metrics-server for this; one node can answer for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import psutil
from aiohttp import web

from sandbox.apiclient.api import Object
from sandbox.node.context import Tools
from sandbox.node.pod import Pod
from sandbox.node.pods import Pods
from sandbox.node.usage import Usage

_VERSION = "metrics.k8s.io/v1beta1"
_ROOT = f"/apis/{_VERSION}"
_WINDOW = "10s"
_VERBS = ["get", "list"]
_REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!)?\s*(?P<key>[\w./-]+)\s*"
    r"(?:(?P<op>==|=|!=)\s*(?P<value>[\w.-]*)|(?P<set>in|notin)\s*\((?P<values>[^)]*)\))?)\s*"
)


def add_routes(application: web.Application, pods: Pods, tools: Tools) -> None:
    """Serve the API's discovery, nodes and pods."""
    api = _MetricsApi(pods, tools)
    add = application.router.add_get
    add("/apis", api.groups)
    add(f"{_ROOT.rpartition('/')[0]}", api.group)
    add(_ROOT, api.resources)
    add(f"{_ROOT}/nodes", api.nodes)
    add(f"{_ROOT}/nodes/{{name}}", api.node)
    add(f"{_ROOT}/pods", api.pods)
    add(f"{_ROOT}/namespaces/{{namespace}}/pods", api.pods)
    add(f"{_ROOT}/namespaces/{{namespace}}/pods/{{name}}", api.pod)


class _MetricsApi:
    def __init__(self, pods: Pods, tools: Tools) -> None:
        self._pods = pods
        self._tools = tools
        psutil.cpu_percent()

    async def groups(self, _: web.Request) -> web.Response:
        return web.json_response({"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group()]})

    async def group(self, _: web.Request) -> web.Response:
        return web.json_response(_group())

    async def resources(self, _: web.Request) -> web.Response:
        kinds = (("nodes", "NodeMetrics", False), ("pods", "PodMetrics", True))
        found = [
            {"name": name, "singularName": "", "kind": kind, "namespaced": spaced, "verbs": _VERBS}
            for name, kind, spaced in kinds
        ]
        body = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": _VERSION}
        return web.json_response(body | {"resources": found})

    async def nodes(self, _: web.Request) -> web.Response:
        return web.json_response(_list("NodeMetricsList", [self._node()]))

    async def node(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name != self._tools.settings.name:
            return _not_found("nodes", name)
        return web.json_response(self._node())

    async def pods(self, request: web.Request) -> web.Response:
        namespace = request.match_info.get("namespace")
        selector = request.query.get("labelSelector", "")
        by_pod = self._by_pod()
        found = [
            _pod(pod, by_pod[key])
            for pod in self._pods.all
            if (key := _key(pod)) in by_pod
            and namespace in (None, key[0])
            and matches(selector, pod.context.pod["metadata"].get("labels") or {})
        ]
        return web.json_response(_list("PodMetricsList", found))

    async def pod(self, request: web.Request) -> web.Response:
        key = request.match_info["namespace"], request.match_info["name"]
        pod, usages = self._pods.find(*key), self._by_pod().get(key)
        if pod is None or usages is None:
            return _not_found("pods", key[1])
        return web.json_response(_pod(pod, usages))

    def _by_pod(self) -> dict[tuple[str, str], list[Usage]]:
        found: dict[tuple[str, str], list[Usage]] = {}
        for usage in self._tools.usage.all:
            if usage.sampled_at:
                found.setdefault((usage.namespace, usage.pod), []).append(usage)
        return found

    def _node(self) -> Object:
        memory = psutil.virtual_memory()
        cores = psutil.cpu_percent() / 100 * (psutil.cpu_count() or 1)
        metadata = {"name": self._tools.settings.name}
        usage = _usage(cores, memory.total - memory.available)
        return _metrics("NodeMetrics", metadata) | {"usage": usage}


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether labels fit a label selector, e.g. `app=api,track in (stable,candidate),!old`."""
    # Commas inside brackets belong to a set.
    for part in re.split(r",(?![^(]*\))", selector):
        if not part.strip():
            continue
        match = _REQUIREMENT.fullmatch(part)
        if not match or not _meets(match, labels.get(match["key"])):
            return False
    return True


def _meets(match: re.Match[str], value: str | None) -> bool:
    if match["set"]:
        inside = value in [word.strip() for word in match["values"].split(",")]
        return inside if match["set"] == "in" else not inside
    if match["op"]:
        return (value == match["value"]) != (match["op"] == "!=")
    return (value is None) if match["absent"] else (value is not None)


def _key(pod: Pod) -> tuple[str, str]:
    metadata = pod.context.pod["metadata"]
    return metadata["namespace"], metadata["name"]


def _pod(pod: Pod, usages: list[Usage]) -> Object:
    metadata = pod.context.pod["metadata"]
    shown = {key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata}
    containers = [{"name": u.container, "usage": _usage(u.cores, u.memory)} for u in usages]
    return _metrics("PodMetrics", shown) | {"containers": containers}


def _metrics(kind: str, metadata: Object) -> Object:
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {"kind": kind, "apiVersion": _VERSION}
    return about | {
        "metadata": metadata | {"creationTimestamp": time},
        "timestamp": time,
        "window": _WINDOW,
    }


def _usage(cores: float, memory: int) -> Object:
    return {"cpu": f"{round(cores * 1e9)}n", "memory": f"{memory // 1024}Ki"}


def _list(kind: str, items: list[Object]) -> Object:
    return {"kind": kind, "apiVersion": _VERSION, "metadata": {}, "items": items}


def _group() -> Object:
    version = {"groupVersion": _VERSION, "version": _VERSION.rpartition("/")[2]}
    name = _VERSION.partition("/")[0]
    about = {"kind": "APIGroup", "apiVersion": "v1", "name": name}
    return about | {"versions": [version], "preferredVersion": version}


def _not_found(what: str, name: str) -> web.Response:
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": "NotFound",
        "code": 404,
        "message": f'{what}.metrics.k8s.io "{name}" not found',
    }
    return web.json_response(status, status=404)
