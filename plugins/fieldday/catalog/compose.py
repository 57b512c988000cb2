"""What `docker-compose.yaml` and the files beside it say of the services.

Only the part between the two marks is written here; all else in these files is kept by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from fieldday.catalog import Catalog, Service

BEGIN = "# from catalog.yaml, by `make catalog`\n"
END = "# end of what is from catalog.yaml\n"

_DASHBOARD = "monitoring/grafana/dashboards/service.json"
# How many containers of one service the edge has places for: `--scale api=4`.
_PLACES = 4
# The keys mean nothing to moto, but a client insists on some.
_AWS = {"AWS_ENDPOINT_URL": "http://moto:5000", "AWS_DEFAULT_REGION": "us-east-1"}
_AWS_KEYS = {"AWS_ACCESS_KEY_ID": "compose", "AWS_SECRET_ACCESS_KEY": "compose"}


def compose_files(catalog: Catalog, root: Path) -> Mapping[Path, str]:
    """The text of each file that lists the services, with the rest of it as it is."""
    lists = {
        "docker-compose.yaml": (_services(catalog), _databases(catalog)),
        "compose/haproxy.cfg": ("\n".join(_backend(*item) for item in catalog.services.items()),),
        "monitoring/prometheus/compose.yaml": (_targets(catalog),),
    }
    found = {root / name: _filled(root / name, texts) for name, texts in lists.items()}
    dashboard = root / _DASHBOARD
    found[dashboard] = _with_choice(dashboard.read_text(encoding="utf-8"), catalog)
    return found


def database(service: str) -> str:
    """The name of a service's database here, which is also its owner's name."""
    return f"fieldday_{service}_development".replace("-", "_")


def _filled(path: Path, texts: tuple[str, ...]) -> str:
    """The file's text with these in place of what is between its marks, in their order."""
    before, *parts = path.read_text(encoding="utf-8").split(BEGIN)
    for part, text in zip(parts, texts, strict=True):
        indent = before[before.rfind("\n") + 1 :]
        _, end, after = part.partition(END)
        before += BEGIN + text.rstrip("\n") + "\n" + indent + end + after
    return before


def _services(catalog: Catalog) -> str:
    return "\n".join(_service(catalog, number, name) for number, name in enumerate(catalog.names))


def _service(catalog: Catalog, number: int, name: str) -> str:
    service = catalog[name]
    environment: dict[str, object] = {
        "SERVICE": name,
        "PORT": service.port,
        "CACHE_TTL_SECONDS": service.cache_ttl_seconds,
        "RATE_LIMIT_PER_USER": service.rate_limits.per_user,
        "RATE_LIMIT_PER_IP": service.rate_limits.per_ip,
    }
    waits = {}
    if "postgresql" in service.stores:
        user = database(name)
        url = f"postgresql://{user}:${{SERVICES_PASSWORD}}@postgresql:5432/{user}"
        environment["DATABASE_URL"] = url
        waits["databases"] = "service_completed_successfully"
    if "redis" in service.stores:
        environment["CACHE_URL"] = f"redis://:${{REDIS_PASSWORD}}@redis:6379/{number}"
        waits["redis"] = "service_healthy"
    if "s3" in service.stores:
        environment |= {**_AWS, **_AWS_KEYS}
    if name == "auth":
        # One secret for all of them: good enough for a laptop.
        known = dict.fromkeys(
            (*catalog.names, "operations"), "${CLIENT_SECRET_HASH:?copy .env.example to .env}"
        )
        environment["CLIENT_SECRETS"] = json.dumps(known)
        environment["KEY_ENCRYPTION_KEY"] = "${KEY_ENCRYPTION_KEY:?copy .env.example to .env}"
    for other in sorted(service.depends_on):
        environment[f"{other.upper().replace('-', '_')}_URL"] = (
            f"http://{other}:{catalog[other].port}"
        )
        # As in Kubernetes: a service starts without those that it calls.
        waits[other] = "service_started"
    lines = [
        f"  # {service.title}",
        f"  {name}:",
        "    <<: *service",
        f"    image: fieldday/{name}:${{SERVICES_VERSION:-dev}}",
        f'    ports: ["127.0.0.1::{service.port}"]',
        f"    mem_limit: {_memory(service)}",
        "    environment:",
        "      <<: *service-environment",
        *(f"      {key}: {json.dumps(str(value))}" for key, value in environment.items()),
        "    depends_on:",
        *(f"      {key}: {{condition: {condition}}}" for key, condition in waits.items()),
    ]
    return "\n".join(lines) + "\n"


def _memory(service: Service) -> str:
    """In Docker's notation, whose `m` and `g` are Kubernetes' `Mi` and `Gi`."""
    return service.resources.limits.memory.removesuffix("i").lower()


def _databases(catalog: Catalog) -> str:
    names = (n for n, service in catalog.services.items() if "postgresql" in service.stores)
    lines = [
        "      DATABASES: >-",
        *(f"        {database(name)}" for name in names),
        "        airflow",
    ]
    return "\n".join(lines)


def _backend(name: str, service: Service) -> str:
    return f"backend {name}\n  server-template {name} {_PLACES} {name}:{service.port}\n"


def _targets(catalog: Catalog) -> str:
    return "\n".join(
        f"      - {{names: [{name}], type: A, port: {service.port}}}"
        for name, service in catalog.services.items()
    )


def _with_choice(text: str, catalog: Catalog) -> str:
    """The dashboard of one service, which lets one choose among all of the catalogue."""
    dashboard = json.loads(text)
    for variable in dashboard["templating"]["list"]:
        if variable["name"] == "service":
            variable["query"] = ",".join(catalog.names)
            variable["options"] = [
                {"selected": name == catalog.names[0], "text": name, "value": name}
                for name in catalog.names
            ]
            variable["current"] = variable["options"][0]
    return json.dumps(dashboard, indent=2) + "\n"
