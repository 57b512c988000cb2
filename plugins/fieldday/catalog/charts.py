"""The texts of a service's chart: thin over `helm/service-library`, with the catalogue's values.

Plain files, so that plain helm takes them: `--values ./helm/api/values-production.yaml`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

from fieldday.catalog import Catalog, Quantity, Service

ENVIRONMENTS = ("production", "staging", "development", "sandbox")
_VERSION = "0.1.0"

_CHART = """\
# Written by `make catalog`.
apiVersion: v2
name: {name}
description: {title}
type: application
version: {version}
appVersion: {version}
kubeVersion: ">=1.30.0-0"
dependencies:
  - name: service-library
    version: {version}
    repository: file://../service-library
    import-values:
      - child: defaults
        parent: .
"""

_VALUES = """\
# Written by `make catalog` from catalog.yaml; all else comes from helm/service-library/values.yaml.
name: {name}
tier: {service.tier}
data: {service.data}
owner: {owner}
paging: {paging}
handles: {handles}
port: {service.port}
dependencies: {dependencies}
callers: {callers}
callsOutside: {outside}
stores: {stores}
cacheTtlSeconds: {service.cache_ttl_seconds}
rateLimits: {{perUser: {service.rate_limits.per_user}, perIp: {service.rate_limits.per_ip}}}
resources:
  requests: {requests}
  limits: {limits}
"""

_OVERLAY = """\
# Written by `make catalog` from helm/service-library/environments/{environment}.yaml.
"""


def chart_files(catalog: Catalog, charts: Path) -> Mapping[Path, str]:
    """The text of each file of each service's chart."""
    library = charts / "service-library" / "environments"
    overlays = {name: (library / f"{name}.yaml").read_text("utf-8") for name in ENVIRONMENTS}
    found: dict[Path, str] = {}
    for name, service in catalog.services.items():
        folder = charts / name
        found[folder / "Chart.yaml"] = _CHART.format(
            name=name, title=json.dumps(service.title), version=_VERSION
        )
        found[folder / "values.yaml"] = _values(catalog, name, service)
        found[folder / "templates" / "service.yaml"] = '{{ include "service-library.all" . }}\n'
        for environment, text in overlays.items():
            filled = Template(text).substitute(
                service=name, min=service.replicas.min, max=service.replicas.max
            )
            header = _OVERLAY.format(environment=environment)
            found[folder / f"values-{environment}.yaml"] = header + filled
    return found


def chart_links(catalog: Catalog, charts: Path) -> Mapping[Path, str]:
    """Where each symbolic link of the charts leads: nothing of the library is there twice."""
    found = {}
    for name in catalog.names:
        found[charts / name / "charts" / "service-library"] = "../../service-library"
        found[charts / name / "values.schema.json"] = "../service-library/service.schema.json"
    return found


def _values(catalog: Catalog, name: str, service: Service) -> str:
    text = _VALUES.format(
        name=name,
        service=service,
        owner=json.dumps(service.owner),
        paging=json.dumps(service.paging),
        handles=_list(service.handles),
        dependencies=_list(sorted(service.depends_on)),
        callers=_list(sorted(catalog.callers(name))),
        outside=_list(sorted(service.calls_outside)),
        stores=_list(service.stores),
        requests=_quantity(service.resources.requests),
        limits=_quantity(service.resources.limits),
    )
    if service.test_command:
        text += f"test:\n  command: {json.dumps(service.test_command)}\n"
    if service.tasks or service.task_command:
        text += "cron:\n"
    if service.task_command:
        text += f"  command: {json.dumps(service.task_command)}\n"
    if service.tasks:
        text += "  tasks:\n"
    for task, given in sorted(service.tasks.items()):
        schedule = json.dumps(given.schedule)
        text += f"    {task}: {{schedule: {schedule}, limitSeconds: {given.limit_seconds}}}\n"
    return text


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _quantity(quantity: Quantity) -> str:
    cpu = quantity.cpu if quantity.cpu.endswith("m") else json.dumps(quantity.cpu)
    return f"{{cpu: {cpu}, memory: {quantity.memory}}}"
