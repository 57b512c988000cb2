"""Kills in the middle of an apply: nothing is lost, and nothing is made twice."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil
import pytest

from sandbox.demo.airflow import until
from tests.patience import PATIENCE
from tests.pipelines.provisions.provisioning import DATABASE, Provisions

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]

ONE_OF_EACH = {
    "vpcs": 1,
    "subnets": 9,
    "gateways": 1,
    "keys": 1,
    "databases": 1,
    "secrets": 1,
}


def kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        os.kill(process.pid, signal.SIGKILL)


def test_a_worker_killed_in_mid_apply(provisions: Provisions) -> None:
    """Terraform goes on without it, and the next try reports what it did."""
    provisions.remove("staging")
    run = provisions.start("staging")
    provisions.answer(run)
    terraform = provisions.applying(run)
    provisions.await_made(run, 5)
    worker = terraform.parent()
    assert worker is not None
    kill(worker)
    record = provisions.follow(run)
    assert record["outcome"] == "applied", record["reason"]
    assert "by an attempt that was interrupted after it" in record["reason"]
    assert len(record["apply"]["done"]) == 30
    assert provisions.counts("staging") == ONE_OF_EACH
    again = provisions.start("staging")
    assert provisions.follow(again)["outcome"] == "unchanged"


def test_worker_and_terraform_killed_in_mid_apply(provisions: Provisions) -> None:
    """As when the machine is gone: the next run asks for the lock, and imports what was made."""
    provisions.remove("staging")
    run = provisions.start("staging")
    provisions.answer(run)
    terraform = provisions.applying(run)

    def database_is_being_made() -> bool:
        return provisions.counts("staging")["databases"] == 1

    assert until(database_is_being_made, 60 * PATIENCE)
    assert DATABASE not in provisions.resources("staging")
    worker = terraform.parent()
    assert worker is not None
    for process in (worker, terraform, *terraform.children(recursive=True)):
        kill(process)

    record = provisions.follow(run)
    assert record["outcome"] == "partly_applied", record["reason"]
    assert f"under way when it ended: {DATABASE}" in record["reason"]
    again = record["planned_again"]["run"]

    card = provisions.card(again, "release_stale_lock")
    assert "OperationTypeApply" in card["body"]
    assert f"an apply was interrupted under it: run {run}" in card["body"]
    provisions.answer(again, task="release_stale_lock")
    card = provisions.card(again)
    assert f"run {run}:" in card["body"]
    assert "made then but not in the state, imported by this plan" in card["body"]
    assert f"**import** | `{DATABASE}`" in card["body"]
    provisions.answer(again)
    record = provisions.follow(again)
    assert record["outcome"] == "applied", record["reason"]
    assert record["released_lock"]["by"] == "approver"
    assert provisions.counts("staging") == ONE_OF_EACH
    last = provisions.start("staging")
    record = provisions.follow(last)
    assert record["outcome"] == "unchanged"
    assert record["plan"]["recovery"] == []
