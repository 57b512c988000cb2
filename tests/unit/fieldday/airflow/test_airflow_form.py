"""The form's fields; what it takes and refuses as a whole is tested with the DAG."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import ParamValidationError

from fieldday import catalog
from fieldday.airflow.release.form import params
from fieldday.releases.request import STRATEGIES, ReleaseRequest
from fieldday.settings import Settings

SETTINGS = Settings.from_env({"FIELDDAY_GATE_SECONDS": "25"})


def test_every_service_of_the_catalogue_can_be_chosen() -> None:
    services = params(SETTINGS)["services"]
    names = list(catalog.load().names)
    assert services.schema["items"]["enum"] == names
    assert services.schema["examples"] == names
    assert services.resolve() == names[:1]
    assert services.resolve(names) == names


def test_the_defaults_are_a_request_that_only_lacks_its_reason() -> None:
    form = params(SETTINGS)
    values = {name: param.resolve() for name, param in form.items() if name != "reason"}
    request = ReleaseRequest.from_params(
        {**values, "reason": "Faster search"},
        release_order=catalog.load().release_order(),
        source_roots=(SETTINGS.checkout,),
    )
    assert request.strategy == "canary"
    assert request.steps == (10, 50, 100)
    with pytest.raises(ParamValidationError):
        form["reason"].resolve()


def test_the_gate_is_that_of_the_settings() -> None:
    assert params(SETTINGS)["gate_seconds"].resolve() == 25


def test_every_strategy_can_be_chosen() -> None:
    for strategy in STRATEGIES:
        assert params(SETTINGS)["strategy"].resolve(strategy) == strategy


@pytest.mark.parametrize("version", ["1.4.2", "a", "x" * 63, None])
def test_a_tag_is_taken(version: str | None) -> None:
    assert params(SETTINGS)["version"].resolve(version) == version


@pytest.mark.parametrize("version", ["1.4.2\n", "-a", "a-", "x" * 64, "ä", ""])
def test_what_is_no_tag_is_refused(version: str) -> None:
    with pytest.raises(ParamValidationError):
        params(SETTINGS)["version"].resolve(version)


def test_every_field_is_explained() -> None:
    for name, param in params(SETTINGS).items():
        assert param.schema["title"], name
        assert param.schema["description_md"].endswith("."), name
        assert param.schema["section"] in ("What", "How"), name
