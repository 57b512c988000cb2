"""The Secrets from which services learn where their stores are."""

from __future__ import annotations

import pytest

from sandbox import service_secrets
from sandbox.kubernetes import kubectl
from sandbox.parts.context import Context
from sandbox.parts.services import ENVIRONMENTS, services

pytestmark = pytest.mark.sandbox

SECRET = ("secret", "fieldday-calendar", "--namespace", "staging")


def _version(context: Context) -> str:
    return kubectl(context, "get", *SECRET, "-o", "jsonpath={.metadata.resourceVersion}")


def test_every_service_has_one_in_each_environment(sandbox: Context) -> None:
    for environment in ENVIRONMENTS:
        names = kubectl(sandbox, "get", "secrets", "--namespace", environment, "-o", "name").split()
        assert {f"secret/fieldday-{name}" for name in services()} <= set(names)


def test_what_is_right_is_left_alone_and_what_is_not_is_mended(sandbox: Context) -> None:
    right = _version(sandbox)
    service_secrets.ensure(sandbox)
    assert _version(sandbox) == right
    kubectl(sandbox, "patch", *SECRET, "-p", '{"stringData": {"CACHE_URL": "redis://elsewhere"}}')
    service_secrets.ensure(sandbox)
    content = kubectl(sandbox, "get", *SECRET, "-o", "jsonpath={.data.CACHE_URL}")
    kubectl(sandbox, "delete", *SECRET)
    service_secrets.ensure(sandbox)
    assert kubectl(sandbox, "get", *SECRET, "-o", "jsonpath={.data.CACHE_URL}") == content
