"""What the machine has, as a Node shows it."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

import psutil

from sandbox.apiclient.api import Object

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def capacity(cpu_factor: int, max_pods: int, state: Path) -> Object:
    """CPU (times the factor), memory, disk and pods that the node offers."""
    cores = len(os.sched_getaffinity(0))
    return {
        "cpu": str(cores * cpu_factor),
        "memory": f"{psutil.virtual_memory().total // 1024}Ki",
        "ephemeral-storage": f"{psutil.disk_usage(str(state)).total // 1024}Ki",
        "pods": str(max_pods),
    }


def architecture() -> str:
    """Kubernetes' (and Go's) word for this machine."""
    return _MACHINES.get(platform.machine(), platform.machine())


def node_info(name: str, kubelet_version: str) -> Object:
    """A Node's `status.nodeInfo`."""
    return {
        "architecture": architecture(),
        "operatingSystem": "linux",
        "kernelVersion": platform.release(),
        "osImage": _os_image(),
        "containerRuntimeVersion": "fieldday://processes",
        "kubeletVersion": kubelet_version,
        "kubeProxyVersion": "",
        "machineID": _first("/etc/machine-id") or hashlib.sha256(name.encode()).hexdigest()[:32],
        "systemUUID": hashlib.sha256(name.encode()).hexdigest()[:32],
        "bootID": _first("/proc/sys/kernel/random/boot_id"),
    }


def _os_image() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"


def _first(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
