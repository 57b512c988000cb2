"""Faults: where they come from, where they strike, how often."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import faults
from reference.settings import SettingsError


def test_none_without_variables_and_file(tmp_path: Path) -> None:
    assert faults.load({}, "production", tmp_path / "faults.json") == faults.Faults()


def test_the_file_strikes_in_its_environments_only(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    content = {
        "environments": ["production"],
        "error_rate": 0.05,
        "latency_ms": 0,
        "never_ready": False,
        "crash_after_seconds": None,
        "no_metrics": False,
    }
    file.write_text(json.dumps(content))
    assert faults.load({}, "staging", file) == faults.Faults()
    assert faults.load({}, "production", file) == faults.Faults(error_rate=0.05)


def test_a_variable_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text('{"error_rate": 0.5, "no_metrics": true}')
    told = {"FAULT_ERROR_RATE": "0.1", "FAULT_NEVER_READY": "1", "FAULT_CRASH_AFTER_SECONDS": "3"}
    assert faults.load(told, "x", file) == faults.Faults(0.1, 0, True, 3, True)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"rate": 1}', "'rate' is unknown"),
        ('{"error_rate": 1.5}', "error_rate: 1.5 is not allowed. Give a number from 0 to 1."),
        ('{"error_rate": NaN}', "error_rate: nan is not allowed"),
        ('{"never_ready": "yes"}', "never_ready: 'yes' is not allowed. Give true or false."),
        ('{"environments": "production"}', "environments is not a list of names"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, text: str) -> None:
    file = tmp_path / "faults.json"
    file.write_text(content)
    with pytest.raises(SettingsError) as raised:
        faults.load({}, "production", file)
    assert text in str(raised.value)


@pytest.mark.parametrize("name", ["ERROR_RATE", "NEVER_READY", "LATENCY_MS"])
def test_a_wrong_variable_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"FAULT_{name}: 'x' is not"):
        faults.load({f"FAULT_{name}": "x"}, "production", tmp_path / "none")


@given(st.integers(0, 100), st.integers(1, 2000))
def test_the_error_rate_is_exact(percent: int, requests: int) -> None:
    rate = faults.ErrorRate(percent / 100)
    failed = sum(rate.strikes() for _ in range(requests))
    assert failed == requests * percent // 100
