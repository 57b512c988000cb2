"""The tasks of a release, called as the functions that they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest

from fieldday.airflow.release import tasks
from fieldday.end_to_end.runner import Summary
from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.images import build, checks, scan
from fieldday.images.build import Image
from fieldday.images.checks import Check, Report
from fieldday.images.scan import Scan, ScanReport
from fieldday.images.scanners import Finding
from fieldday.images.source import source_version
from fieldday.releases import verification
from fieldday.releases.state import Version
from fieldday.settings import CHECKOUT
from tests.unit.fieldday.airflow.conftest import TaskInstance
from tests.unit.fieldday.airflow.programs_model import Programs
from tests.unit.fieldday.releases.cluster_model import Revision

Replace = Callable[..., Mock]
Says = Callable[..., None]
# Of a folder that is not there.
SOURCE = source_version(Path("/source"))
IMAGE = Image("api", "fieldday/api", "1.1.0", "sha256:b")


def planned(*digests: str | None, **changes: Any) -> dict[str, Any]:
    """What `plan` returns for a service a digest."""
    names = ("api", "auth")[: len(digests)]
    services = [
        {
            "name": name,
            "from": "1.0.0",
            "to": "1.1.0",
            "change": "update",
            "digest": digest,
            "built_from": SOURCE,
        }
        for name, digest in zip(names, digests, strict=True)
    ]
    return {
        "run": "run-1",
        "services": services,
        "version": "1.1.0",
        "source": "/source",
        "requested_by": "operator",
        "strategy": "canary",
        "steps": [10, 100],
        "gate_seconds": 60,
        "approval_minutes": 60,
        "reason": "Faster search",
        "source_version": SOURCE,
        **changes,
    }


def test_checks_that_pass_are_reported(context: Any, replace: Replace) -> None:
    report = Report((Check("lint", True, "", 0.1),))
    run_checks = replace(checks, "run_checks", report)
    assert tasks.lint_and_unit_tests.function(planned(None)) == report.to_dict()
    run_checks.assert_called_once_with(Path("/source"))


def test_checks_that_fail_say_what(context: Any, replace: Replace, says: Says) -> None:
    failed = (Check("lint", True, "", 0.1), Check("unit tests", False, "1 failed", 0.1))
    replace(checks, "run_checks", Report(failed))
    says(
        tasks.lint_and_unit_tests,
        planned(None),
        error=Permanent,
        match="/source: lint or unit tests failed. unit tests: 1 failed",
    )


@pytest.mark.parametrize(
    ("digests", "checked"), [(("sha256:a", "sha256:b"), False), (("sha256:a", None), True)]
)
def test_only_what_was_built_before_is_not_checked_again(
    context: Any, replace: Replace, digests: tuple[str | None, ...], checked: bool
) -> None:
    run_checks = replace(checks, "run_checks", Report(()))
    report = tasks.lint_and_unit_tests.function(planned(*digests))
    assert run_checks.called is checked
    assert ("skipped" in report) is not checked


def test_what_has_no_source_is_neither_checked_nor_scanned(
    programs: Programs, context: Any, replace: Replace
) -> None:
    run_checks = replace(checks, "run_checks", Report(()))
    scans = replace(scan, "scan", ScanReport(IMAGE, ()))
    plan = planned("sha256:b", source=None, source_version=None)
    plan["services"][0]["built_from"] = "unknown"
    skipped = tasks.lint_and_unit_tests.function(plan)
    assert skipped == {"skipped": "released without a source"}
    images = tasks.build_and_push.function(plan)
    lines = tasks.scan.function(plan, images)["lines"]
    assert lines == [["image", "not scanned", "api was built before, from unknown"]]
    assert not run_checks.called
    assert not scans.called


def test_only_what_the_registry_lacks_is_built(
    programs: Programs, context: Any, replace: Replace, environment: Callable[..., None]
) -> None:
    environment({"FIELDDAY_IMAGE_BASE": "python:3.11"})
    built = Image("auth", "fieldday/auth", "1.1.0", "sha256:new")
    builds = replace(build, "build", built)
    images = tasks.build_and_push.function(planned("sha256:there", None))
    assert images == {
        "api": Image("api", "fieldday/api", "1.1.0", "sha256:there").to_dict(),
        "auth": built.to_dict(),
    }
    builds.assert_called_once_with(
        Path("/source"), "auth", "1.1.0", "127.0.0.1:5000", planned=SOURCE, base="python:3.11"
    )


@pytest.mark.parametrize("error", [Permanent("version: exists."), Retryable("registry: away.")])
def test_a_build_that_fails_says_why(
    programs: Programs, context: Any, replace: Replace, says: Says, error: FieldDayError
) -> None:
    replace(build, "build", error)
    says(tasks.build_and_push, planned(None), error=type(error), match=str(error))


def test_an_error_that_is_not_the_librarys_is_left_to_the_log(
    programs: Programs, context: Any, replace: Replace, ti: TaskInstance
) -> None:
    replace(build, "build", ZeroDivisionError("x"))
    with pytest.raises(ZeroDivisionError):
        tasks.build_and_push.function(planned(None))
    assert ti.pushed == {}


def test_a_source_that_changed_after_it_was_planned_is_not_used(
    programs: Programs, context: Any, replace: Replace, says: Says, ti: TaskInstance
) -> None:
    run_checks = replace(checks, "run_checks", Report(()))
    scans = replace(scan, "scan", ScanReport(IMAGE, ()))
    plan = planned(None, source_version="src-1", source=str(CHECKOUT / "services/reference"))
    plan["services"][0]["built_from"] = "src-1"
    said = r"services/reference: changed since .*\(src-1 then, src-\w+ now\).* Release again\."
    says(tasks.lint_and_unit_tests, plan, error=Permanent, match=said)
    says(tasks.build_and_push, plan, error=Permanent, match=said)
    says(tasks.scan, plan, {"api": IMAGE.to_dict()}, error=Permanent, match=said)
    assert not run_checks.called
    assert not scans.called


def test_a_source_that_changed_during_its_tests_was_not_tested(
    context: Any, monkeypatch: pytest.MonkeyPatch, says: Says, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    plan = planned(None, source_version=source_version(tmp_path), source=str(tmp_path))

    def change(source: Path) -> Report:
        (source / "Dockerfile").write_text("FROM scratch\nUSER 0\n")
        return Report(())

    monkeypatch.setattr(checks, "run_checks", change)
    says(tasks.lint_and_unit_tests, plan, error=Permanent, match="changed since the release")


def test_a_scan_says_what_it_could_not_look_at(context: Any, replace: Replace) -> None:
    report = ScanReport(IMAGE, (Scan("dependencies", "not scanned", "no advisories"),))
    scans = replace(scan, "scan", report)
    found = tasks.scan.function(planned(None), {"api": IMAGE.to_dict()})
    assert found["lines"] == [["dependencies", "not scanned", "no advisories"]]
    assert found["report"]["blocking"] is False
    scans.assert_called_once_with(Path("/source"), IMAGE)


def test_an_image_of_another_source_is_not_called_clean(context: Any, replace: Replace) -> None:
    auth = Image("auth", "fieldday/auth", "1.1.0", "sha256:c")
    images = {"api": IMAGE.to_dict(), "auth": auth.to_dict()}
    report = ScanReport(auth, (Scan("secrets", "clean", ""),))
    scans = replace(scan, "scan", report)
    plan = planned("sha256:b", None)
    plan["services"][0]["built_from"] = "src-1f0c2d3e4a5b"
    other = ["image", "not scanned", "api was built before, from src-1f0c2d3e4a5b"]
    assert tasks.scan.function(plan, images)["lines"] == [["secrets", "clean", ""], other]
    scans.assert_called_once_with(Path("/source"), auth)
    del plan["services"][1]
    found = tasks.scan.function(plan, images)
    assert found["lines"] == [other]
    assert "skipped" in found["report"]
    scans.assert_called_once()


def test_a_blocking_finding_ends_the_release(context: Any, replace: Replace, says: Says) -> None:
    finding = create_autospec(Finding, instance=True, blocks=True)
    finding.__str__ = lambda _: "app.py:3: a key"  # type: ignore[assignment]
    report = ScanReport(IMAGE, (Scan("secrets", "findings", "1 found", (finding,)),))
    replace(scan, "scan", report)
    says(
        tasks.scan,
        planned(None),
        {"api": IMAGE.to_dict()},
        error=Permanent,
        match="must not be released. secrets: app.py:3: a key",
    )


def test_staging_is_tested_through_the_edge(
    programs: Programs, context: Any, replace: Replace
) -> None:
    programs.runs("staging", api="1.1.0", auth="1.1.0", calendar="1.0.0")
    run_tests = replace(verification, "run_tests", Summary(12, 0, 1, 3.21))
    report = tasks.test_staging.function(planned(None, None))
    assert report["text"] == "12 passed, 0 failed, 1 skipped in 3.2 s"
    assert report["passed"] == 12
    checkout, edge, environment, names, installed = run_tests.call_args.args
    assert checkout == CHECKOUT
    assert edge.url == "http://127.0.0.1:18080"
    assert (environment, names) == ("staging", ["api", "auth"])
    assert installed == ("api", "auth", "calendar")


def test_end_to_end_tests_that_fail_are_named(
    programs: Programs, context: Any, replace: Replace, says: Says
) -> None:
    summary = Summary(1, 2, 0, 3.0, ("test_a: 500", "test_b: 404"))
    replace(verification, "run_tests", summary)
    says(
        tasks.test_staging,
        planned(None),
        error=Permanent,
        match=r"1 passed, 2 failed.*test_a: 500; test_b: 404",
    )


def test_tests_of_another_version_do_not_count(
    programs: Programs, context: Any, replace: Replace, says: Says
) -> None:
    """Another release may have changed staging meanwhile."""
    programs.runs("staging", api="1.2.0")
    replace(verification, "run_tests", Summary(12, 0, 0, 3.0))
    said = "api: staging runs 1.2.0 instead of 1.1.0. Another release or a person changed it"
    says(tasks.test_staging, planned(None), error=Permanent, match=said)


def test_production_is_verified_by_what_users_get(
    programs: Programs, context: Any, replace: Replace
) -> None:
    programs.runs("production", api="1.1.0", auth="1.1.0")
    asked = replace(verification, "probe", "")
    run_tests = replace(verification, "run_tests", Summary(12, 0, 1, 3.21))
    report = tasks.verify.function(planned(None, None))
    hosts = {"api": "api.fieldday.example", "auth": "auth.fieldday.example"}
    assert report["answered"] == hosts
    assert report["tests"]["text"] == "12 passed, 0 failed, 1 skipped in 3.2 s"
    for call in asked.call_args_list:
        assert call.kwargs == {"tag": "1.1.0", "track": "stable"}
    assert run_tests.call_args.args[2:] == ("production", ["api", "auth"], ("api", "auth"))


def test_a_promoted_version_that_fails_for_users_fails_the_release(
    programs: Programs, context: Any, replace: Replace, says: Says
) -> None:
    programs.runs("production", api="1.1.0", auth="1.1.0")
    replace(verification, "probe", "")
    replace(verification, "run_tests", Summary(1, 1, 0, 3.0, ("test_a: 500",)))
    said = "production: end-to-end tests failed .*test_a: 500"
    says(tasks.verify, planned(None, None), error=Permanent, match=said)


def test_users_who_get_something_else_fail_the_release(
    programs: Programs, context: Any, replace: Replace, says: Says
) -> None:
    programs.runs("production", api="1.1.0", auth="1.1.0")
    replace(verification, "probe", "", "auth: 1.0.0 on stable answers")
    says(
        tasks.verify,
        planned(None, None),
        error=Permanent,
        match="production: auth: 1.0.0 on stable answers.",
    )


NEW = Version("1.1.0")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Revision(Version("1.0.0")), "api: production runs 1.0.0 instead of 1.1.0"),
        (Revision(None), "api: production runs nothing instead of 1.1.0"),
        (Revision(NEW, NEW, 1), "api: production runs 1.1.0 and a candidate instead of"),
        (Revision(NEW, weight=10), "api: production runs 1.1.0 instead of 1.1.0"),
    ],
    ids=["old", "nothing", "a candidate", "a weight"],
)
def test_production_that_runs_something_else_is_not_asked(
    programs: Programs, context: Any, replace: Replace, says: Says, now: Revision, said: str
) -> None:
    programs.runs("production", api="1.0.0")
    programs.services["production", "api"].history.append(now)
    asked = replace(verification, "probe", "")
    says(tasks.verify, planned(None), error=Permanent, match=said)
    asked.assert_not_called()


def test_a_cluster_that_is_away_is_tried_again(
    programs: Programs, context: Any, says: Says
) -> None:
    programs.runs("production", api="1.1.0")
    programs.apis["production"].status = 503
    says(tasks.verify, planned(None), error=Retryable, match="cluster: is unreachable")
