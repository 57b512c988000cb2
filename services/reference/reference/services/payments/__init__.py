"""Bookings, their payment by token, and payouts to hosts. The provider is simulated, and says so.

A card's number never comes here: who sends one is refused before anything is kept or logged.
"""

from __future__ import annotations

from reference import erasure
from reference.services.payments import booking, paying, settling
from reference.services.payments.offered import operations

__all__ = ["booking", "operations", "paying", "settling"]

erasure.offer(operations, settling.erase)
