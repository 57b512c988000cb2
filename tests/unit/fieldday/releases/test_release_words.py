"""What people read: the approval card and the outcome."""

from __future__ import annotations

from typing import Any

import pytest

from fieldday.releases import card
from fieldday.releases.outcome import outcome_of
from fieldday.releases.plan import ReleasePlan
from fieldday.settings import GateLimits

PLAN: dict[str, Any] = {
    "run": "run-1",
    "source": "/source",
    "source_version": "src-1",
    "approval_minutes": 60,
    "version": "1.1.0",
    "strategy": "canary",
    "steps": [10, 100],
    "gate_seconds": 60,
    "reason": "Faster | `rm -rf`\n# search",
    "requested_by": "operator",
    "services": [
        {
            "name": "auth",
            "from": None,
            "to": "1.1.0",
            "change": "install",
            "digest": None,
            "built_from": "src-1",
        },
        {
            "name": "api",
            "from": "1.0.0",
            "to": "1.1.0",
            "change": "update",
            "digest": None,
            "built_from": "unknown",
        },
    ],
}
IMAGES = {"auth": {"digest": "sha256:a"}, "api": {"digest": "sha256:b"}}
SCAN = [["dependencies", "not scanned", "no advisory service answers"], ["code", "clean", ""]]


def body(**changes: Any) -> str:
    plan = ReleasePlan.from_dict({**PLAN, **changes})
    return card.body(plan, IMAGES, SCAN, "12 passed", GateLimits(error_rate=0.025))


def test_the_card_says_what_will_change() -> None:
    assert card.title(ReleasePlan.from_dict(PLAN)) == "Release auth, api 1.1.0 to production?"
    text = body()
    assert "| auth | `nothing` | `1.1.0` | `sha256:a` | `src-1` | first release |" in text
    assert "| api | `1.0.0` | `1.1.0` | `sha256:b` | `unknown` | update |" in text
    assert "canary at 10 %, 100 % of the requests, each step analyzed for 60 s" in text
    assert "(errors 2.5 %, p95 500 ms, no restart)" in text
    assert "| dependencies | **not scanned** | no advisory service answers |" in text
    assert "12 passed" in text
    assert "`operator`" in text


def test_what_a_person_typed_stays_text() -> None:
    assert "**Why:** `Faster / 'rm -rf' # search`" in body()


@pytest.mark.parametrize(("strategy", "text"), [("blue-green", "full size"), ("rolling", "pod by")])
def test_every_strategy_is_explained(strategy: str, text: str) -> None:
    assert text in body(strategy=strategy, requested_by=None)


Case = tuple[dict[str, str], dict[str, Any], dict[str, str], str, str]
DONE: dict[str, Any] = {
    "approval": {"decision": "approved", "by": "ann", "genuine": True},
    "plan": {"services": [{"name": "api"}]},
    "rollout": {"failed": None, "reason": "", "unrestored": [], "steps": []},
    "verification": {"answered": {"api": "api.fieldday.example"}},
}
RESTORED = {"failed": "api", "reason": "the release failed after this", "unrestored": []}
CASES: list[Case] = [
    ({"verify": "success"}, DONE, {}, "promoted", "found good"),
    # What people may mark or write proves nothing.
    (
        {"verify": "success"},
        {**DONE, "approval": {"decision": "approved", "by": "ann", "genuine": False}},
        {},
        "failed",
        "before its end",
    ),
    ({}, {**DONE, "approval": {"decision": "rejected", "by": "ann"}}, {}, "rejected", "by ann"),
    ({"verify": "success"}, {}, {}, "failed", "before its end"),
    ({"verify": "success"}, {**DONE, "verification": {}}, {}, "failed", "before its end"),
    (
        {"rollout": "failed", "verify": "success"},
        {**DONE, "rollout": {"failed": "api", "reason": "errors 5 %"}},
        {},
        "rolled_back",
        "api: errors 5 %",
    ),
    (
        {"rollout": "failed", "verify": "success"},
        {**DONE, "rollout": {}},
        {},
        "failed",
        "rollout: failed",
    ),
    ({"verify": "success"}, {**DONE, "rollback": RESTORED}, {}, "rolled_back", "before its end"),
    (
        {"verify": "success"},
        {**DONE, "verification": {"answered": {"auth": "auth.x"}}},
        {},
        "failed",
        "before its end",
    ),
    ({}, {"approval": {"decision": "rejected", "by": "ann"}}, {}, "rejected", "by ann"),
    ({}, {"approval": {"decision": "unanswered"}}, {}, "unanswered", "nobody"),
    ({"plan": "failed"}, {}, {"plan": "version: wrong."}, "refused", "version: wrong."),
    ({"plan": "failed", "verify": "upstream_failed"}, {}, {}, "failed", "plan: failed, see its"),
    ({"approve": "failed", "verify": "skipped"}, {}, {}, "failed", "approve: stopped by hand"),
    ({"plan": "success", "verify": "skipped"}, {}, {}, "failed", "stopped by hand"),
    (
        {"rollout": "failed", "restore_stable": "skipped"},
        {"rollout": {"failed": "api", "reason": "slow", "unrestored": ["auth: has no pods"]}},
        {},
        "failed",
        "auth: has no pods",
    ),
    (
        {"rollout": "failed"},
        {"rollout": {"failed": "api", "reason": "errors 5 %"}},
        {},
        "rolled_back",
        "api: errors 5 %",
    ),
    (
        {"verify": "failed", "restore_stable": "success"},
        {"rollback": RESTORED},
        {"verify": "production: wrong."},
        "rolled_back",
        "verify: production: wrong.",
    ),
    (
        {"rollout": "failed", "restore_stable": "failed"},
        {},
        {},
        "failed",
        "rollout: failed, see its log; and stable could not be restored",
    ),
    (
        {"plan": "success", "scan": "failed", "rollout": "upstream_failed"},
        {},
        {"scan": "a secret in app.py."},
        "failed",
        "scan: a secret",
    ),
    ({"plan": "success", "approve": "upstream_failed"}, {}, {}, "failed", "before approve"),
    ({"plan": "success"}, {}, {}, "failed", "before its end"),
]


@pytest.mark.parametrize(("states", "parts", "errors", "outcome", "reason"), CASES)
def test_the_outcome_is_said_in_words(
    states: dict[str, str], parts: dict[str, Any], errors: dict[str, str], outcome: str, reason: str
) -> None:
    found = outcome_of(states, parts, errors)
    assert found[0] == outcome
    assert reason in found[1]
