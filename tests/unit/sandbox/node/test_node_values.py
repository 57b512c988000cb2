"""Quantities, `$(VAR)` expansion, paths, image references, back-off, addresses, label selectors."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.node.addressing import Addresses, OutOfAddressesError
from sandbox.node.backoff import BackOff
from sandbox.node.expansion import expand
from sandbox.node.metrics_api import matches
from sandbox.node.paths import inside, rewrite
from sandbox.node.quantities import parse, whole
from sandbox.node.references import InvalidImageNameError, Reference


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", Decimal("0.25")),
        ("1", Decimal(1)),
        ("1.5", Decimal("1.5")),
        ("128Mi", Decimal(128 * 2**20)),
        ("1k", Decimal(1000)),
        ("2Gi", Decimal(2 * 2**30)),
        ("5n", Decimal("5e-9")),
        ("1e3", Decimal(1000)),
        ("1E", Decimal(10) ** 18),
    ],
)
def test_quantities(text: str, value: Decimal) -> None:
    assert parse(text) == value


def test_a_quantity_is_rounded_up() -> None:
    assert whole("1500m") == 2


@pytest.mark.parametrize("text", ["", "Mi", "12 parsecs", "1Xi", "--1"])
def test_what_is_no_quantity_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)", "x1y2"),
        ("$(UNKNOWN)", "$(UNKNOWN)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$A", "$A"),
        ("$(A", "$(A"),
        ("100$", "100$"),
        ("$()", "$()"),
    ],
)
def test_expansion(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == expanded


@given(st.text(alphabet=st.characters(exclude_characters="$")))
def test_text_without_references_stays(text: str) -> None:
    assert expand(text, {"A": "1"}) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/etc/app", "/root/etc/app"),
        ("/etc/app/settings.yaml", "/root/etc/app/settings.yaml"),
        ("/etc/application", "/etc/application"),
        ("--config=/etc/app/x", "--config=/root/etc/app/x"),
        ("KEY=/etc/other", "KEY=/etc/other"),
        ("see /etc/app", "see /etc/app"),
        ("/usr/bin/env", "/usr/bin/env"),
        ("", ""),
    ],
)
def test_mount_paths_are_rewritten(text: str, expected: str) -> None:
    assert rewrite(text, ("/etc/app/", "/data"), Path("/root")) == expected


@given(st.lists(st.sampled_from(["..", ".", "a", "b", ""]), max_size=8))
def test_no_path_leads_out_of_the_root(parts: list[str]) -> None:
    root = Path("/state/root")
    assert inside(root, "/".join(parts)).is_relative_to(root)


DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "located"),
    [
        ("mirror.example/team/api:1", "127.0.0.1:5000/team/api:1"),
        (f"mirror.example/team/api:1@{DIGEST}", f"127.0.0.1:5000/team/api@{DIGEST}"),
        ("mirror.example/api", "127.0.0.1:5000/api:latest"),
        ("other.example/api:1", "other.example/api:1"),
        ("localhost:5000/api:1", "localhost:5000/api:1"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("team/api", "docker.io/team/api:latest"),
    ],
)
def test_references_are_located(text: str, located: str) -> None:
    assert Reference.parse(text).located("mirror.example", "127.0.0.1:5000") == located


@pytest.mark.parametrize(
    "text", ["", "UPPER:1", "a/b:-tag", "a/b@sha256:12", "a//b", "-x:1", "a b", "a.example/:1"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidImageNameError, match="invalid reference format"):
        Reference.parse(text)


def test_back_off_is_the_kubelets() -> None:
    backoff = BackOff(base=10, limit=300)
    assert [backoff.next() for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_long_run_begins_anew() -> None:
    backoff = BackOff(base=1, limit=300)
    for _ in range(5):
        backoff.next(ran_seconds=1)
    assert backoff.next(ran_seconds=601) == 0
    assert backoff.next(ran_seconds=1) == 1


@given(st.lists(st.floats(0, 1000), max_size=200), st.floats(0.1, 60), st.floats(60, 600))
def test_back_off_never_exceeds_its_limit(runs: list[float], base: float, limit: float) -> None:
    backoff = BackOff(base, limit)
    assert all(0 <= backoff.next(ran) <= limit for ran in runs)


def test_addresses_are_given_in_turn_and_kept() -> None:
    addresses = Addresses("18.7")
    assert addresses.take("a") == "198.18.7.2"
    assert addresses.take("b") == "198.18.7.3"
    assert addresses.take("a") == "198.18.7.2"
    addresses.give_back("a")
    # Not at once the one that was just freed: its clients may still have it.
    assert addresses.take("c") == "198.18.7.4"


def test_an_address_from_before_is_not_given_away() -> None:
    addresses = Addresses("18.7")
    addresses.keep("old", "198.18.7.2")
    assert addresses.take("new") == "198.18.7.3"
    assert addresses.take("old") == "198.18.7.2"


def test_a_full_block_is_said() -> None:
    addresses = Addresses("18.7")
    given_out = {addresses.take(str(n)) for n in range(253)}
    assert len(given_out) == 253
    with pytest.raises(OutOfAddressesError, match=r"198\.18\.7\.0/24"):
        addresses.take("one more")
    addresses.give_back("7")
    assert addresses.take("one more")


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ("", True),
        ("app=api", True),
        ("app==api,track=stable", True),
        ("app!=api", False),
        ("app=web", False),
        ("app in (web, api)", True),
        ("app notin (web,api)", False),
        ("missing notin (a)", True),
        ("app", True),
        ("!app", False),
        ("!missing", True),
        ("app in (api),track=stable,fieldday.io/x!=1", True),
        ("not a selector at all!", False),
    ],
)
def test_label_selectors(selector: str, fits: bool) -> None:
    assert matches(selector, {"app": "api", "track": "stable"}) is fits
