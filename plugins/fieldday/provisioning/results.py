"""What people decided and what `apply` and `verify` did, as the tasks of `provision` report it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldday.errors import Invalid
from fieldday.json_data import JsonData


@dataclass(frozen=True)
class PlanApproved(JsonData):
    """The plan that an approval covers."""

    plan: str
    """The SHA-256 of the plan file."""
    environment: str
    content: str
    """The SHA-256 of all that the card says of it: changes, cost, expiry, …"""


@dataclass(frozen=True)
class LossConfirmed(JsonData):
    """Stateful resources whose loss a person confirmed, and by which plan."""

    plan: str
    """The SHA-256 of the plan file."""
    environment: str
    confirmed: tuple[str, ...] = ()
    """Addresses of resources."""


def check_typed(typed: str, needed: Collection[str]) -> None:
    """Raise `Invalid` unless a person typed the addresses of what would lose its data, no more."""
    named = set(typed.replace(",", " ").split())
    if named != set(needed):
        lost = f"the plan would lose the data of {_listed(needed)}"
        raise Invalid("confirmation", f"named {_listed(named)}, and {lost}", "Provision again.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


@dataclass(frozen=True)
class AppliedChange(JsonData):
    """One resource that was changed in full."""

    address: str
    action: str
    """In Terraform's words: create, update, delete."""


@dataclass(frozen=True)
class ApplyReport(JsonData):
    """How far an apply came."""

    run: str
    plan: str
    """The SHA-256 of the plan file."""
    text: str
    begun: bool
    """Whether anything may have been changed."""
    complete: bool = False
    """Whether all that was approved was done, and the state stored."""
    stale: bool = False
    """Whether the environment has to be planned again."""
    done: tuple[AppliedChange, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Those that are not sensitive."""


@dataclass(frozen=True)
class Verification(JsonData):
    """That nothing is left to do after an apply, and what AWS answered."""

    run: str
    plan: str
    """The SHA-256 of the plan file that was applied."""
    left: str
    """The second plan in words."""
    answered: Mapping[str, str] = field(default_factory=dict)
    """By address of a stateful resource."""
