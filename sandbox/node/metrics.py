"""The node's metrics, by the names that kube-state-metrics and cAdvisor have made usual."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from sandbox.node.context import Tools
from sandbox.node.pods import Pods

_LABELS = ("namespace", "pod", "container")


class _Containers(Collector):
    def __init__(self, pods: Pods, tools: Tools) -> None:
        self._pods = pods
        self._tools = tools

    def collect(self) -> Iterator[Metric]:
        restarts = CounterMetricFamily(
            "kube_pod_container_status_restarts_total",
            "How often the container was started again.",
            labels=_LABELS,
        )
        for pod in self._pods.all:
            metadata = pod.context.pod["metadata"]
            for container in pod.containers:
                labels = (metadata["namespace"], metadata["name"], container.name)
                restarts.add_metric(labels, container.state.restarts)
        yield restarts
        memory = GaugeMetricFamily(
            "container_memory_working_set_bytes",
            "Resident memory of the container's processes.",
            labels=_LABELS,
        )
        cpu = CounterMetricFamily(
            "container_cpu_usage_seconds_total",
            "CPU time of the container's processes.",
            labels=_LABELS,
        )
        for usage in self._tools.usage.all:
            labels = (usage.namespace, usage.pod, usage.container)
            memory.add_metric(labels, usage.memory)
            cpu.add_metric(labels, usage.cpu_seconds)
        yield memory
        yield cpu


def text(pods: Pods, tools: Tools) -> tuple[bytes, str]:
    """All metrics as Prometheus reads them, and their content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Containers(pods, tools))
    return generate_latest(registry), CONTENT_TYPE_LATEST
