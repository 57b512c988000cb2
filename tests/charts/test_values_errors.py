"""What a person reads who gives values that can't be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.rendering import CHARTS, Helm

RULES: dict[str, tuple[dict[str, Any], str]] = {
    "no replicas": (
        {"autoscaling": {"enabled": False}, "replicas": 0},
        "Service 'api': replicas is 0. Production needs at least 2.",
    ),
    "one replica": (
        {"autoscaling": {"enabled": False}, "replicas": 1},
        "Service 'api': replicas is 1. Production needs at least 2.",
    ),
    "autoscaled to one": (
        {"autoscaling": {"minReplicas": 1}},
        "Service 'api': autoscaling.minReplicas is 1. Production needs at least 2.",
    ),
    "more at least than at most": (
        {"autoscaling": {"minReplicas": 11}},
        "Service 'api': autoscaling.minReplicas is 11, above maxReplicas 10. "
        "Raise maxReplicas or lower minReplicas.",
    ),
    "no budget": (
        {"podDisruptionBudget": {"enabled": False}},
        "Service 'api': podDisruptionBudget.enabled is false. "
        "Production needs one, so that a drain leaves serving pods.",
    ),
    "a budget of all": (
        {"podDisruptionBudget": {"maxUnavailable": 2}},
        "Service 'api': podDisruptionBudget.maxUnavailable is 2 of 2 pods, so a drain may evict "
        "all. Lower it to 1 or less.",
    ),
    "every address": (
        {"networkPolicy": {"storesCidr": "0.0.0.0/0"}},
        "Service 'api': networkPolicy.storesCidr is 0.0.0.0/0, which is every address. "
        "Set the network's CIDR.",
    ),
    "no secret for a store": (
        {"secrets": {"kind": "none", "external": {"key": ""}}},
        "Service 'api': secrets.kind is none, but postgresql needs an address and a password. "
        "Set it to external or existing.",
    ),
    "another environment's values": (
        {"environment": "staging"},
        "Service 'api': environment is staging, but the namespace is production. "
        "Use that namespace's values file, values-production.yaml.",
    ),
    "no time to become ready": (
        {"minReadySeconds": 120},
        "Service 'api': minReadySeconds is 120, not below progressDeadlineSeconds 120, so no "
        "rollout could end in time. Lower it, or raise progressDeadlineSeconds.",
    ),
    "who issues tokens": (
        {"config": {"TOKEN_ISSUER": "https://evil.example"}},
        "Service 'api': config.TOKEN_ISSUER is set by the chart. Remove it.",
    ),
    "where traces go": (
        {"config": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere"}},
        "Service 'api': config.OTEL_EXPORTER_OTLP_ENDPOINT is set by the chart. Remove it.",
    ),
    "no network policy": (
        {"networkPolicy": {"enabled": False}},
        "Service 'api': networkPolicy.enabled is false. "
        "Production permits only the connections in catalog.yaml; set it to true.",
    ),
    "latest": (
        {"image": {"tag": "latest"}},
        "Service 'api': image.tag is 'latest'. Name one version, since what runs must be known.",
    ),
    "a tag with a dash in front": (
        {"image": {"tag": "-1"}},
        "Service 'api': image.tag is \"-1\". Use 1 to 63 letters, digits, '.', '_' or '-', "
        "with a letter or digit at both ends.",
    ),
    "a tag with a line break": (
        {"image": {"tag": "1.0\nx"}},
        "Service 'api': image.tag is \"1.0\\nx\". Use 1 to 63 letters",
    ),
    "a short digest": (
        {"image": {"digest": "sha256:abc"}},
        "Service 'api': image.digest is \"sha256:abc\". "
        "Use 'sha256:' and 64 hexadecimal digits, or leave it empty.",
    ),
    "a candidate of no version": (
        {"candidate": {"enabled": True}},
        "Service 'api': candidate.tag is empty. "
        "Name the version to try, or set candidate.enabled to false.",
    ),
    "a candidate without pods": (
        {"candidate": {"enabled": True, "tag": "2", "replicas": 0}},
        "Service 'api': candidate.replicas is 0. An enabled candidate needs at least 1.",
    ),
    "a weight without a candidate": (
        {"candidate": {"weight": 10}},
        "Service 'api': candidate.weight is 10, but there is no candidate. "
        "Set candidate.enabled to true, or the weight to 0.",
    ),
    "a setting of the platform": (
        {"config": {"PORT": "1"}},
        "Service 'api': config.PORT is set by the chart. Remove it.",
    ),
    "a dependency's address": (
        {"candidate": {"config": {"AUTH_URL": "http://elsewhere"}}},
        "Service 'api': candidate.config.AUTH_URL is set by the chart. Remove it.",
    ),
    "a secret": (
        {"config": {"STRIPE_API_KEY": "sk"}},
        "Service 'api': config.STRIPE_API_KEY looks like a secret. "
        "Move it to the Secret that secrets.kind selects.",
    ),
    "a plain secret in production": (
        {"secrets": {"kind": "plain", "plain": {"DATABASE_URL": "postgresql://a"}}},
        "Service 'api': secrets.kind is plain. "
        "Production's secrets come from outside; set it to external or existing.",
    ),
    "a plain secret without content": (
        {"environment": "staging", "secrets": {"kind": "plain"}},
        "Service 'api': secrets.plain is empty. "
        "Set the Secret's content, or set secrets.kind to none.",
    ),
    "a plain secret that nobody reads": (
        {"secrets": {"plain": {"DATABASE_URL": "postgresql://a"}}},
        "Service 'api': secrets.plain is set, but secrets.kind is external. "
        "Set it to plain, or remove secrets.plain.",
    ),
    "an existing secret that nobody reads": (
        {"secrets": {"existing": "mine"}},
        "Service 'api': secrets.existing is 'mine', but secrets.kind is external. "
        "Set it to existing, or remove secrets.existing.",
    ),
    "a secret of no name": (
        {"secrets": {"external": {"key": ""}}},
        "Service 'api': secrets.external.key is empty. "
        "Name the secret in AWS Secrets Manager, such as fieldday/production/api.",
    ),
    "a task with a long name": (
        {"cron": {"tasks": {"a" * 40: {"schedule": "* * * * *", "limitSeconds": 1}}}},
        f"Service 'api': cron.tasks has '{'a' * 40}', whose CronJob's name would have 53 "
        "characters. Shorten the name by 1.",
    ),
    "no domain": (
        {"routing": {"domain": ""}},
        "Service 'api': routing.domain is empty. Name the domain under which the edge offers "
        "the service, or set routing.kind to none.",
    ),
    "no time to drain": (
        {"preStopSeconds": 60},
        "Service 'api': preStopSeconds is 60, not below terminationGraceSeconds 60. "
        "Leave the service time to drain: raise terminationGraceSeconds.",
    ),
    "a dependency on itself": (
        {"dependencies": ["api"]},
        "Service 'api': dependencies has the service itself. Remove 'api'.",
    ),
    "no memory limit": (
        {"resources": {"limits": {"memory": None}}},
        "Service 'api': resources.limits.memory is null. "
        "Set a value, or omit it to use the default.",
    ),
    "nothing where a block belongs": (
        {"probes": None},
        "Service 'api': probes is null. Set a value, or omit it to use the default.",
    ),
    "another name": (
        {"name": "auth"},
        "Service 'auth': name is 'auth', but the chart is 'api'. Remove it: the chart sets it.",
    ),
}

SCHEMA: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"replica": 3}, "at '': additional properties 'replica' not allowed"),
    "an unknown key within": (
        {"image": {"tga": "1"}},
        "at '/image': additional properties 'tga' not allowed",
    ),
    "a number in text": (
        {"candidate": {"weight": "10"}},
        "at '/candidate/weight': got string, want integer",
    ),
    "a weight above 100": (
        {"candidate": {"weight": 101}},
        "at '/candidate/weight': maximum: got 101, want 100",
    ),
    "a negative weight": (
        {"candidate": {"weight": -1}},
        "at '/candidate/weight': minimum: got -1, want 0",
    ),
    "an unknown routing": (
        {"routing": {"kind": "traefik"}},
        "at '/routing/kind': value must be one of 'HTTPRoute', 'alb', 'nginx', 'none'",
    ),
    "an unknown environment": (
        {"environment": "prod"},
        "at '/environment': value must be one of 'production', 'staging', 'development'",
    ),
    "a tag as a number": ({"image": {"tag": 1.1}}, "at '/image/tag': got number, want string"),
    "a schedule in words": (
        {"cron": {"tasks": {"tidy": {"schedule": "daily", "limitSeconds": 1}}}},
        "at '/cron/tasks/tidy/schedule': 'daily' does not match pattern",
    ),
    "a role that is none": (
        {"serviceAccount": {"roleArn": "fieldday-api"}},
        "at '/serviceAccount/roleArn': 'fieldday-api' does not match pattern",
    ),
    "a registry with a scheme": (
        {"image": {"registry": "https://registry.example/"}},
        "at '/image/registry': 'https://registry.example/' does not match pattern",
    ),
    "a secret that can't be": (
        {"secrets": {"kind": "existing", "existing": "My_Secret"}},
        "at '/secrets/existing': 'My_Secret' does not match pattern",
    ),
    "a namespace that can't be": (
        {"networkPolicy": {"monitoringNamespace": "Mon_itoring"}},
        "at '/networkPolicy/monitoringNamespace': 'Mon_itoring' does not match pattern",
    ),
    "no pause before the end": (
        {"preStopSeconds": 0},
        "at '/preStopSeconds': minimum: got 0, want 1",
    ),
    "a store twice": (
        {"stores": ["redis", "redis"]},
        "at '/stores': items at 0 and 1 are equal",
    ),
}


@pytest.mark.parametrize("name", [*RULES, *SCHEMA])
def test_wrong_values_are_refused_in_words(helm: Helm, name: str, tmp_path: Path) -> None:
    values, words = {**RULES, **SCHEMA}[name]
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    said = helm.refusal("api", ("production",), files=[file])
    assert words in said
    assert "api" in said


def test_everything_that_is_wrong_is_said_at_once(helm: Helm) -> None:
    settings = ("image.tag=latest", "candidate.weight=5", "autoscaling.minReplicas=1")
    said = helm.refusal("conditions", ("production",), settings=settings)
    assert said.count("Service 'conditions': ") == 3


def test_a_release_of_another_name_is_refused(helm: Helm) -> None:
    assert (
        "Service 'api': the release name is 'gateway'. "
        "Use 'fieldday-api', the name by which other services reach it."
    ) in helm.refusal("api", ("production",), release="gateway")


def test_outside_production_one_pod_is_enough(helm: Helm) -> None:
    assert helm.render("api", ("staging",), ("replicas=0", "podDisruptionBudget.enabled=false"))


def _undescribed(schema: dict[str, Any], path: str = "") -> list[str]:
    found = []
    for key, value in schema.get("properties", {}).items():
        if not value.get("description", "").strip():
            found.append(f"{path}/{key}")
        found += _undescribed(value, f"{path}/{key}")
    return found


def _open(schema: dict[str, Any], path: str = "") -> list[str]:
    found = []
    if "properties" in schema and schema.get("additionalProperties") is not False:
        found.append(path or "/")
    for key, value in schema.get("properties", {}).items():
        found += _open(value, f"{path}/{key}")
    return found


def test_the_schema_is_closed_and_describes_each_key() -> None:
    schema = json.loads((CHARTS / "api" / "values.schema.json").read_text())
    assert _undescribed(schema) == []
    assert _open(schema) == []
