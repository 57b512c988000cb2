"""Settings: what is read, and what a wrong value is told."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE

from reference import settings

GOOD = {
    "SERVICE": "api",
    "VERSION": "1.4.2",
    "DATABASE_URL": "postgresql://u:secret@127.0.0.1:5432/d",  # pragma: allowlist secret
}


def test_reads_what_the_chart_sets() -> None:
    told = settings.load(
        GOOD
        | {
            "ENVIRONMENT": "production",
            "TRACK": "candidate",
            "POD_IP": "127.18.7.2",
            "PORT": "8080",
            "AUTH_URL": "http://fieldday-auth.production.svc.cluster.local:8080/",
            "FLOAT_PLAN_URL": "http://float-plan:8080",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
            "CACHE_URL": "redis://:secret@127.0.0.1:6379/2",
            "CACHE_TTL_SECONDS": "600",
            "CLIENT_SECRET": "a secret of its own",  # pragma: allowlist secret
            "CLIENT_SECRETS": f'{{"api": "{"5ec2e7" * 10 + "abcd"}"}}',
            "KEY_ENCRYPTION_KEY": "a secret for keys",
            "RATE_LIMIT_PER_USER": "120",
            "RATE_LIMIT_PER_IP": "0",
            "TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32",
        }
    )
    assert (told.host, told.port, told.track) == ("127.18.7.2", 8080, "candidate")
    assert told.cache_ttl_seconds == 600
    assert told.dependencies == {
        "auth": "http://fieldday-auth.production.svc.cluster.local:8080",
        "float-plan": "http://float-plan:8080",
    }
    assert told.issuing.client_secrets == {"api": "5ec2e7" * 10 + "abcd"}
    assert (told.limits.per_user, told.limits.per_address) == (120, None)
    assert [str(network) for network in told.limits.trusted] == ["10.0.0.0/8", "2001:db8::/32"]
    assert "secret" not in repr(told)
    assert "5ec2e7" not in repr(told)


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("SERVICE", "", "SERVICE: missing. Set it in the pod's environment (ConfigMap or Secret)."),
        ("SERVICE", "-x", "SERVICE: '-x' is not allowed. Give a service's name such as api."),
        ("VERSION", "a\nb", "VERSION: 'a\\nb' is not allowed. Give an image tag such as 1.4.2."),
        ("TRACK", "blue", "TRACK: 'blue' is unknown. Give one of stable, candidate."),
        ("PORT", "0", "PORT: '0' is not allowed. Give a whole number from 1 to 65535."),
        ("PORT", "80.5", "PORT: '80.5' is not allowed. Give a whole number from 1 to 65535."),
        (
            "GRACE_SECONDS",
            "nan",
            "GRACE_SECONDS: 'nan' is not allowed. Give a number from 1 to 300.",
        ),
        (
            "POD_IP",
            "localhost",
            "POD_IP: 'localhost' is not an IP address. Give the pod's, or 0.0.0.0 for all.",
        ),
        (
            "DATABASE_URL",
            "mysql://u:secret@h/d",  # pragma: allowlist secret
            "DATABASE_URL: is not a URL of this kind. Give one that starts with postgresql://.",
        ),
        (
            "RATE_LIMIT_PER_IP",
            "many",
            "RATE_LIMIT_PER_IP: 'many' is not allowed. Give a whole number from 0 to 1e+06.",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1/8",
            "TRUSTED_PROXIES: '10.0.0.1/8' is no network. Give some such as 10.0.0.0/8,::1.",
        ),
        (
            "KEY_ENCRYPTION_KEY",
            "short",
            "KEY_ENCRYPTION_KEY: is shorter than 8 characters. Give a long random text.",
        ),
        *(
            (
                "CLIENT_SECRETS",
                secrets,
                "CLIENT_SECRETS: is not a JSON object of client names and SHA-256 sums of their "
                'secrets. Give one such as {"api": "<64 hexadecimal digits>"}.',
            )
            for secrets in ("api=secret", '["a"]', '{"api": "secret"}', '{"api": 1}')
        ),
        (
            "AUTH_URL",
            "auth:8080",
            "AUTH_URL: is not a URL of this kind. Give one that starts with http://.",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_mend(variable: str, value: str, text: str) -> None:
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(GOOD | {variable: value})
    assert str(raised.value) == text


@given(st.dictionaries(st.sampled_from([*GOOD, "PORT", "TRACK", "X_URL"]), st.text(max_size=40)))
def test_nothing_but_a_settings_error_is_raised(values: dict[str, str]) -> None:
    with contextlib.suppress(settings.SettingsError):
        settings.load(GOOD | values)


def test_the_process_ends_with_2() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "reference"],
        cwd=Path(__file__).parent.parent,
        env={"SERVICE": "api", "VERSION": "1"},
        capture_output=True,
        text=True,
        timeout=20 * PATIENCE,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.startswith("DATABASE_URL: missing.")
