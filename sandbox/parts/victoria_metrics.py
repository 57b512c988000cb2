"""VictoriaMetrics: a PromQL endpoint that scrapes pods, the node and the edge."""

from __future__ import annotations

from typing import Any

import yaml

from sandbox.answers import is_well
from sandbox.files import write
from sandbox.kubernetes import kubeconfig
from sandbox.parts import node
from sandbox.parts.context import Context
from sandbox.parts.part import Part
from sandbox.ports import KUBELET_PORT

NAME = "victoria-metrics"
_ROLE = "metrics"


def part(context: Context) -> Part:
    """VictoriaMetrics on its port of 127.0.0.1; its data survives a restart, for a day."""
    data = context.layout.data / NAME
    return Part(
        name=NAME,
        command=(
            str(context.layout.bin / NAME),
            f"-httpListenAddr=127.0.0.1:{context.ports[NAME]}",
            f"-storageDataPath={data / 'series'}",
            f"-promscrape.config={data / 'scrape.yaml'}",
            "-promscrape.configCheckInterval=10s",
            "-retentionPeriod=1d",
            # A gate queries what happened a second ago, on pods that have just started.
            "-search.latencyOffset=0s",
            "-promscrape.kubernetesSDCheckInterval=1s",
            "-promscrape.kubernetes.apiServerTimeout=10m",
            "-memory.allowedBytes=64MiB",
            "-loggerLevel=WARN",
        ),
        address=context.ports.url(NAME),
        ready=lambda: _is_ready(context),
        needs=("kube-apiserver",),
        prepare=lambda: _prepare(context),
        usual_seconds=0.5,
    )


def scrape_config(context: Context) -> dict[str, Any]:
    """The scrape configuration, in Prometheus's format."""
    annotation = "__meta_kubernetes_pod_annotation_prometheus_io"
    pods = {
        "job_name": "pods",
        "kubernetes_sd_configs": [
            {"role": "pod", "kubeconfig_file": str(kubeconfig(context, _ROLE))}
        ],
        "relabel_configs": [
            {"action": "keep", "source_labels": [f"{annotation}_scrape"], "regex": "true"},
            {
                "action": "drop",
                "source_labels": ["__meta_kubernetes_pod_phase"],
                "regex": "Pending|Succeeded|Failed",
            },
            # A pod is 198.18.x.y in the API, and listens on 127.18.x.y: see sandbox.addresses.
            {
                "source_labels": ["__meta_kubernetes_pod_ip", f"{annotation}_port"],
                "regex": r"198\.(.+);(\d+)",
                "replacement": "127.$1:$2",
                "target_label": "__address__",
            },
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        ],
    }
    the_node = {
        "job_name": "node",
        "scheme": "https",
        "tls_config": {"ca_file": str(context.layout.pki / "ca.crt")},
        # What it measures has the pods' namespace and name.
        "honor_labels": True,
        "static_configs": [{"targets": [f"{node.address(context)}:{KUBELET_PORT}"]}],
    }
    edge = {
        "job_name": "edge",
        # For people: no gate queries it.
        "scrape_interval": "5s",
        # HAProxy has slots for more backends and servers than there are: 14,000 series.
        "params": {"scope": ["frontend", "server"], "no-maint": [""]},
        "static_configs": [{"targets": [f"127.0.0.1:{context.ports['edge-metrics']}"]}],
    }
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [pods, the_node, edge],
    }


def _prepare(context: Context) -> None:
    folder = context.layout.folder(context.layout.data / NAME)
    write(folder / "scrape.yaml", yaml.safe_dump(scrape_config(context), sort_keys=False))


def _is_ready(context: Context) -> bool:
    return is_well(f"{context.ports.url(NAME)}/health")
