"""The gateway: what takes more than one service, and what a user likes."""

from __future__ import annotations

from reference.services.api import booking, erasures, favourites, queries, views
from reference.services.api.offered import operations

__all__ = ["booking", "erasures", "favourites", "operations", "queries", "views"]
