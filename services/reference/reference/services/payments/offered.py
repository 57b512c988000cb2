"""The operations of payments, which the modules beside this one declare."""

from __future__ import annotations

from reference.operations import Operations

operations = Operations(refuses_cards=True)
