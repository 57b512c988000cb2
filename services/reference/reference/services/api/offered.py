"""The operations of the gateway, which the modules beside this one declare."""

from __future__ import annotations

from reference.operations import Operations

# Payments come through here.
operations = Operations(refuses_cards=True)
