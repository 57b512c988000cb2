from __future__ import annotations

from pathlib import Path

import pytest

from fieldday.errors import Invalid
from fieldday.settings import CHECKOUT, Settings


def test_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.checkout == CHECKOUT
    assert (settings.checkout / "plugins" / "fieldday").is_dir()
    assert settings.gate_seconds == 60
    assert settings.helm_overlays == settings.source_roots == settings.approvers == ()
    assert settings.reports_dir is None
    assert settings.terraform_root == CHECKOUT / "terraform"
    assert settings.state_bucket == "fieldday-terraform-state"
    assert settings.state_kms_key is settings.alerts_topic is None
    assert settings.terraform_work.is_absolute()


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
            "FIELDDAY_AIRFLOW_URL": "http://localhost:8080/",
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
        source_roots=(Path("/srv/a"), Path("/srv/b")),
        domain="fieldday.localhost",
        helm_overlays=("sandbox", "small"),
        image_base="python:3.13",
        gate_seconds=10,
        reports_bucket="reports",
        reports_dir=Path("/srv/reports"),
        airflow_url="http://localhost:8080",
        approvers=("ann", "ben"),
        separate_approver=True,
        terraform_root=Path("/srv/checkout/terraform/local"),
        terraform_work=Path("/srv/work"),
        state_bucket="states",
        state_kms_key="alias/state",
        alerts_topic="arn:aws:sns:us-east-1:111122223333:alerts",
    )


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDDAY_GATE_SECONDS", "15")
    assert Settings.from_env().gate_seconds == 15


@pytest.mark.parametrize("text", ["4", "3601", "ten", "-5", "1e2", "99999", "٣٣"])
def test_a_wrong_gate_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="FIELDDAY_GATE_SECONDS: is "):
        Settings.from_env({"FIELDDAY_GATE_SECONDS": text})
