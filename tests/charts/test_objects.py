"""The objects beside Deployments and routes: secrets, scaling, identity, cron tasks, the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldday import catalog
from tests.charts.rendering import (
    ROOT,
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
    with_routing,
)


def _secret_refs(objects: list[Object], name: str = "fieldday-api") -> list[str]:
    pod = one(objects, "Deployment", name)["spec"]["template"]["spec"]
    return [
        source["secretRef"]["name"]
        for source in pod["containers"][0]["envFrom"]
        if "secretRef" in source
    ]


def test_secrets_come_from_aws_where_there_is_one(helm: Helm) -> None:
    objects = helm.render("api", ("production",))
    assert _secret_refs(objects) == ["fieldday-api"]
    assert not of_kind(objects, "Secret")
    spec = one(objects, "ExternalSecret", "fieldday-api")["spec"]
    assert spec["dataFrom"] == [{"extract": {"key": "fieldday/production/api"}}]
    assert spec["target"] == {"name": "fieldday-api", "creationPolicy": "Owner"}
    assert spec["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "aws-secrets-manager"}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (("secrets.kind=existing",), ["fieldday-api"]),
        (("secrets.kind=existing", "secrets.existing=mine"), ["mine"]),
        (("secrets.kind=none",), []),
    ],
)
def test_a_secret_that_somebody_else_makes(
    helm: Helm, settings: tuple[str, ...], names: list[str]
) -> None:
    objects = helm.render("api", ("staging",), settings)
    assert _secret_refs(objects) == names
    assert not of_kind(objects, "Secret")
    assert not of_kind(objects, "ExternalSecret")


def test_a_plain_secret_rolls_its_pods_when_it_changes(helm: Helm) -> None:
    def rendered(value: str) -> list[Object]:
        settings = ("secrets.kind=plain", f"secrets.plain.DATABASE_URL={value}")
        return helm.render("api", ("development",), settings)

    one_of, other = rendered("postgresql://a"), rendered("postgresql://b")
    secret = one(one_of, "Secret", "fieldday-api")
    assert secret["stringData"] == {"DATABASE_URL": "postgresql://a"}
    assert _secret_refs(one_of) == ["fieldday-api"]
    annotations = [
        one(objects, "Deployment", "fieldday-api")["spec"]["template"]["metadata"]["annotations"]
        for objects in (one_of, other)
    ]
    assert annotations[0] != annotations[1]


def test_the_autoscaler_owns_the_number_of_stable_pods(helm: Helm) -> None:
    objects = helm.render("api", ("production",), with_candidate(10, "candidate.replicas=3"))
    assert "replicas" not in one(objects, "Deployment", "fieldday-api")["spec"]
    assert one(objects, "Deployment", "fieldday-api-candidate")["spec"]["replicas"] == 3
    (scaler,) = of_kind(objects, "HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] == "fieldday-api"
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 10)
    assert [_target(metric) for metric in scaler["spec"]["metrics"]] == [
        ("cpu", 70),
        ("memory", 80),
        ("http_requests_per_second", "50"),
    ]
    without = helm.render("api", ("production",), ("autoscaling.enabled=false",))
    assert one(without, "Deployment", "fieldday-api")["spec"]["replicas"] == 2
    assert not of_kind(without, "HorizontalPodAutoscaler")


def test_stable_keeps_its_pods_while_a_candidate_has_its_requests(helm: Helm) -> None:
    def behaviour(settings: tuple[str, ...]) -> Any:
        (scaler,) = of_kind(
            helm.render("api", ("production",), settings), "HorizontalPodAutoscaler"
        )
        return scaler["spec"].get("behavior")

    assert behaviour(with_candidate(100)) == {"scaleDown": {"selectPolicy": "Disabled"}}
    assert behaviour(()) is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("1048576", "1048576"),
        ("5000000000", "5000000000"),
        ("0.5", "0.5"),
        ("true", "true"),
        ("007", "7"),
        ("'007'", "007"),
    ],
)
def test_a_number_reaches_the_service_as_it_was_given(
    helm: Helm, given: str, text: str, tmp_path: Path
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(f"config: {{LIMIT: {given}}}\n")
    objects = helm.render("api", ("production",), files=[file])
    assert one(objects, "ConfigMap", "fieldday-api")["data"]["LIMIT"] == text


def _target(metric: Object) -> tuple[str, Any]:
    if metric["type"] == "Resource":
        return metric["resource"]["name"], metric["resource"]["target"]["averageUtilization"]
    pods = metric["pods"]
    return pods["metric"]["name"], pods["target"]["averageValue"]


def test_nginx_keeps_the_limit_of_one_address(helm: Helm) -> None:
    settings = (*with_routing("nginx"), *with_candidate(10, "candidate.preview=true"))
    objects = helm.render("payments", ("production",), settings)
    key = "nginx.ingress.kubernetes.io/limit-rpm"
    limits = {
        item["metadata"]["name"]: item["metadata"]["annotations"].get(key)
        for item in of_kind(objects, "Ingress")
    }
    # Of a canary's annotations the controller reads those of its share alone.
    assert limits == {
        "fieldday-payments": "60",
        "fieldday-payments-preview": "60",
        "fieldday-payments-candidate": None,
    }


def test_scaling_by_requests_can_be_left_out(helm: Helm) -> None:
    objects = helm.render("api", ("production",), ("autoscaling.requestsPerSecond=0",))
    (scaler,) = of_kind(objects, "HorizontalPodAutoscaler")
    assert [metric["type"] for metric in scaler["spec"]["metrics"]] == ["Resource", "Resource"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_who_the_catalogue_says(helm: Helm, service: str) -> None:
    entry = catalog.load()[service]
    objects = helm.render(service, ("production",), with_candidate(10))
    account = one(objects, "ServiceAccount", f"fieldday-{service}")
    assert account["automountServiceAccountToken"] is False
    role = f"arn:aws:iam::111122223333:role/fieldday-production-{service}"
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role}
    metadata = one(objects, "Deployment", f"fieldday-{service}")["metadata"]
    assert metadata["labels"]["fieldday.io/tier"] == entry.tier
    assert metadata["labels"]["fieldday.io/data"] == entry.data
    assert metadata["annotations"] == {
        "fieldday.io/owner": entry.owner,
        "fieldday.io/paging": entry.paging,
        **({"fieldday.io/handles": ",".join(entry.handles)} if entry.handles else {}),
    }


def test_without_a_role_there_is_no_annotation(helm: Helm) -> None:
    account = one(helm.render("api", ("development",)), "ServiceAccount", "fieldday-api")
    assert "annotations" not in account["metadata"]


@pytest.mark.parametrize("service", SERVICES)
def test_cron_tasks_are_the_catalogues(helm: Helm, service: str) -> None:
    objects = helm.render(service, ("production",), with_candidate(10))
    found = {
        item["metadata"]["name"]: (
            item["spec"]["schedule"],
            item["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"],
        )
        for item in of_kind(objects, "CronJob")
    }
    assert found == {
        f"fieldday-{service}-{name}": (task.schedule, task.limit_seconds)
        for name, task in catalog.load()[service].tasks.items()
    }


TASK = ("cron.tasks.tidy.schedule=0 3 * * *", "cron.tasks.tidy.limitSeconds=60")


def test_a_cron_task_runs_the_stable_track_and_gets_no_requests(helm: Helm) -> None:
    objects = helm.render("api", ("production",), (*TASK, *with_candidate(10)))
    (cron,) = of_kind(objects, "CronJob")
    template = cron["spec"]["jobTemplate"]["spec"]["template"]
    (container,) = template["spec"]["containers"]
    (stable,) = one(objects, "Deployment", "fieldday-api")["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["python", "-m", "reference.task", "tidy"]
    for key in ("image", "env", "envFrom", "resources", "securityContext"):
        assert container[key] == stable[key]
    labels = template["metadata"]["labels"]
    for service in of_kind(objects, "Service"):
        assert not service["spec"]["selector"].items() <= labels.items()


def test_a_cron_task_goes_to_spot_nodes_where_there_are_any(helm: Helm) -> None:
    (cron,) = of_kind(helm.render("api", ("production",), TASK), "CronJob")
    pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    node_group = (ROOT / "terraform" / "environments" / "production.tfvars").read_text()
    (toleration,) = pod["tolerations"]
    key, value = toleration["key"], toleration["value"]
    assert f'labels         = {{ "{key}" = "{value}" }}' in node_group
    assert f'key = "{key}", value = "{value}", effect = "NO_SCHEDULE"' in node_group
    affinity = pod["affinity"]["nodeAffinity"]
    # Preferred, not required: elsewhere the task still runs.
    (preferred,) = affinity.pop("preferredDuringSchedulingIgnoredDuringExecution")
    assert preferred["preference"]["matchExpressions"] == [
        {"key": key, "operator": "In", "values": [value]}
    ]
    assert affinity == {}
    (deployment,) = of_kind(helm.render("api", ("production",), TASK), "Deployment")
    assert "tolerations" not in deployment["spec"]["template"]["spec"]


def test_cron_tasks_can_be_held(helm: Helm) -> None:
    (cron,) = of_kind(helm.render("api", ("development",), TASK), "CronJob")
    assert cron["spec"]["suspend"] is True


@pytest.mark.parametrize("service", SERVICES)
def test_helm_test_asks_the_service(helm: Helm, service: str) -> None:
    objects = helm.render(service, ("production",), with_candidate(10))
    (pod,) = of_kind(objects, "Pod")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    url = f"http://fieldday-{service}.production.svc.cluster.local:8080/readyz"
    assert url in pod["spec"]["containers"][0]["command"][-1]


def test_a_service_need_not_be_python(helm: Helm) -> None:
    commands = ("cron.command={/app/server,task}", "test.command={/app/server,ask,$(URL)}")
    objects = helm.render("api", ("production",), (*TASK, *commands))
    (cron,) = of_kind(objects, "CronJob")
    (task,) = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert task["command"] == ["/app/server", "task", "tidy"]
    (pod,) = of_kind(objects, "Pod")
    url = "http://fieldday-api.production.svc.cluster.local:8080/readyz"
    assert pod["spec"]["containers"][0]["command"] == ["/app/server", "ask", url]
