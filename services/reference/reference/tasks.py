"""The cron tasks: each has other services do something, by calls in the name of `jobs`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from reference.peers import Peers
from reference.services.payments.settling import Ended

Task = Callable[[Peers], Awaitable[dict[str, int]]]

# More would mean that what is settled comes back as not settled.
_MOST_ROUNDS = 100


async def check_overdue_float_plans(peers: Peers) -> dict[str, int]:
    """Tell users and those ashore of parties that are not back in time."""
    return await peers.post("float-plan", "/v1/overdue-checks", dict[str, int], key="check")


async def expire_unpaid_bookings(peers: Peers) -> dict[str, int]:
    """Free the places of bookings that were not paid in time."""
    return await peers.post("payments", "/v1/expiries", dict[str, int], key="expire")


async def pay_out_hosts(peers: Peers) -> dict[str, int]:
    """Pay hosts what they earned. What is paid is marked, so a second try pays nothing twice."""
    return await peers.post("payments", "/v1/payouts", dict[str, int], key="pay-out")


async def refresh_conditions(peers: Peers) -> dict[str, int]:
    """Read the conditions of all spots anew."""
    return await peers.post("conditions", "/v1/refreshes", dict[str, int], key="refresh")


async def score_reliability(peers: Peers) -> dict[str, int]:
    """Tell `reliability` what became of bookings, and have it make all scores anew."""
    told = 0
    for _ in range(_MOST_ROUNDS):
        ended = await peers.get("payments", "/v1/outcomes", list[Ended])
        for booking in ended:
            path = f"/v1/outcomes/{booking.booking}"
            for outcome in booking.outcomes:
                await peers.put("reliability", path, dict[str, object], outcome)
            await peers.put("payments", path, dict[str, object], None)
            told += len(booking.outcomes)
        if not ended:
            break
    scored = await peers.post("reliability", "/v1/scores", dict[str, int], key="score")
    return {"outcomes": told, **scored}


async def sync_calendars(peers: Peers) -> dict[str, int]:
    """Bring users' calendars elsewhere up to date."""
    return await peers.post("calendar", "/v1/syncs", dict[str, int], key="sync")


TASKS: Mapping[str, Task] = {
    function.__name__.replace("_", "-"): function
    for function in (
        check_overdue_float_plans,
        expire_unpaid_bookings,
        pay_out_hosts,
        refresh_conditions,
        score_reliability,
        sync_calendars,
    )
}
