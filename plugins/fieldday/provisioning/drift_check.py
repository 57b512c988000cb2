"""Checking one environment for drift: two plans, kept apart."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from fieldday.errors import FieldDayError
from fieldday.provisioning import locks
from fieldday.provisioning.cloudtrail import Author, CloudTrail, last_author
from fieldday.provisioning.drift import DriftReport, now, pending, read_drift, words
from fieldday.provisioning.environment import Environment
from fieldday.provisioning.plan import TerraformPlan
from fieldday.provisioning.state import read_state


@dataclass(frozen=True)
class Channels:
    """Where a report goes."""

    push: Callable[[DriftReport], None]
    """To the metrics."""
    notify: Callable[[DriftReport], str]
    """To people; returns who was notified, or why nobody was."""
    keep: Callable[[DriftReport], str]
    """To the records; returns the address."""


def check_and_report(
    run: str, environment: str, check: Callable[[], DriftReport], channels: Channels
) -> tuple[DriftReport, str | None]:
    """Check, then push the metrics, notify people and keep the report, in this order.

    Returns the report and its address; none where nothing was checked, which changes no figure.
    That a check failed is a figure of its own, and says nothing about drift: its error is raised.
    """
    started = now()
    try:
        report = check()
    except FieldDayError as e:
        channels.push(DriftReport.of(run, environment, "error", str(e), started))
        raise
    if report.outcome == "not checked":
        return report, None
    channels.push(report)
    report = replace(report, notified=channels.notify(report))
    return report, channels.keep(report)


def check_drift(environment: Environment, run: str, trail: CloudTrail) -> DriftReport:
    """Compare AWS with the state, then the configuration with both.

    Where a run holds the lock, or there is no state, nothing is checked: it would find what
    is being changed. Raises what Terraform's failures become: a provider that fails is an error,
    and no drift.
    """
    started = now()

    def not_checked(why: str) -> DriftReport:
        return DriftReport.of(run, environment.name, "not checked", why, started)

    held = locks.run_lock(environment.store)
    if held is not None:
        return not_checked(f"run {held.id} of {held.holder} holds the lock")
    if not read_state(environment.store).version.lineage:
        return not_checked("it has never been provisioned")
    terraform, workspace = environment.terraform, environment.workspace
    var_file = environment.prepare()
    try:
        terraform.plan(var_file, workspace.plan, refresh_only=True)
        refreshed = terraform.show(workspace.plan)

        def author(names: Collection[str]) -> Author:
            return last_author(trail, names)

        drifted = read_drift(refreshed, terraform.schemas(), author)
        terraform.plan(var_file, workspace.plan)
        not_applied = pending(TerraformPlan.of(terraform.show(workspace.plan)), drifted)
    finally:
        # The plans hold secrets.
        workspace.remove()
    return DriftReport.of(
        run,
        environment.name,
        "drift" if drifted else "in sync",
        words(drifted, not_applied),
        started,
        drifted=drifted,
        pending=not_applied,
    )
