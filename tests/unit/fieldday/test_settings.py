from __future__ import annotations

from pathlib import Path

import pytest

from fieldday.errors import Invalid
from fieldday.settings import (
    CHECKOUT,
    ApprovalSettings,
    GateLimits,
    RecordSettings,
    ReleaseSettings,
    Settings,
    TerraformSettings,
)


def test_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.checkout == CHECKOUT
    assert (settings.checkout / "plugins" / "fieldday").is_dir()
    assert settings.releases.gate_seconds == 60
    assert settings.releases.helm_overlays == settings.releases.source_roots == ()
    assert settings.approvals == ApprovalSettings((), separate_approver=False)
    assert settings.releases.limits == GateLimits()
    assert settings.records.folder is None
    assert settings.terraform.root == CHECKOUT / "terraform"
    assert settings.terraform.state_bucket == "fieldday-terraform-state"
    assert settings.terraform.state_kms_key is settings.alerts_topic is None
    assert settings.terraform.work.is_absolute()


def test_everything_can_be_set() -> None:
    settings = Settings.from_env(
        {
            "FIELDDAY_CHECKOUT": "/srv/checkout",
            "FIELDDAY_SOURCE_ROOTS": "/srv/a: /srv/b :",
            "FIELDDAY_DOMAIN": "fieldday.localhost",
            "FIELDDAY_HELM_OVERLAYS": "sandbox,small",
            "FIELDDAY_IMAGE_BASE": "python:3.13",
            "FIELDDAY_GATE_SECONDS": "10",
            "FIELDDAY_REPORTS_BUCKET": "reports",
            "FIELDDAY_REPORTS_DIR": "/srv/reports",
            "FIELDDAY_GATE_ERROR_RATE": "0.02",
            "FIELDDAY_GATE_LATENCY_SECONDS": "1",
            "FIELDDAY_GATE_MIN_REQUESTS": "50",
            "FIELDDAY_APPROVERS": "ann, ben",
            "FIELDDAY_SEPARATE_APPROVER": "true",
            "FIELDDAY_TERRAFORM_ROOT": "terraform/local",
            "FIELDDAY_TERRAFORM_WORK": "/srv/work",
            "FIELDDAY_STATE_BUCKET": "states",
            "FIELDDAY_STATE_KMS_KEY": "alias/state",
            "FIELDDAY_ALERTS_TOPIC": "arn:aws:sns:us-east-1:111122223333:alerts",
        }
    )
    assert settings == Settings(
        checkout=Path("/srv/checkout"),
        releases=ReleaseSettings(
            source_roots=(Path("/srv/a"), Path("/srv/b")),
            domain="fieldday.localhost",
            helm_overlays=("sandbox", "small"),
            image_base="python:3.13",
            gate_seconds=10,
            limits=GateLimits(error_rate=0.02, p95_seconds=1.0, min_requests=50),
        ),
        terraform=TerraformSettings(
            root=Path("/srv/checkout/terraform/local"),
            work=Path("/srv/work"),
            state_bucket="states",
            state_kms_key="alias/state",
        ),
        approvals=ApprovalSettings(approvers=("ann", "ben"), separate_approver=True),
        records=RecordSettings(bucket="reports", folder=Path("/srv/reports")),
        alerts_topic="arn:aws:sns:us-east-1:111122223333:alerts",
    )


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDDAY_GATE_SECONDS", "15")
    assert Settings.from_env().releases.gate_seconds == 15


@pytest.mark.parametrize("text", ["4", "3601", "ten", "-5", "1e2", "99999", "٣٣"])
def test_a_wrong_gate_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="FIELDDAY_GATE_SECONDS: is "):
        Settings.from_env({"FIELDDAY_GATE_SECONDS": text})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIELDDAY_SEPARATE_APPROVER", "yes"),
        ("FIELDDAY_GATE_ERROR_RATE", "0"),
        ("FIELDDAY_GATE_ERROR_RATE", "nan"),
        ("FIELDDAY_GATE_LATENCY_SECONDS", "slow"),
        ("FIELDDAY_GATE_MIN_REQUESTS", "0"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=f"{name}: is '{value}'. Use"):
        Settings.from_env({name: value})
