"""The payment provider, simulated: no money moves, and every answer says so.

It knows tokens only, as Stripe's test mode does: https://docs.stripe.com/testing
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

NAME = "simulated"

# Made by the provider's own form in the user's browser, which alone sees the card.
PaymentToken = Annotated[str, Meta(pattern=r"^pm_[A-Za-z0-9_]{1,60}$(?!\n)")]

_DECLINED = {
    "pm_card_declined": "card_declined",
    "pm_card_visa_chargeDeclined": "card_declined",
    "pm_card_insufficient_funds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_expired": "expired_card",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}
_GOOD = frozenset({"pm_card_ok", "pm_card_visa", "pm_card_mastercard", "pm_card_amex"})


@dataclass(frozen=True, slots=True)
class Charge:
    """How a charge ended. declined: why not; None where it is paid."""

    declined: str | None


def charge(token: str) -> Charge:
    """Charge a token. A token that the provider did not make is declined."""
    if token in _GOOD:
        return Charge(None)
    return Charge(_DECLINED.get(token, "unknown_payment_method"))
