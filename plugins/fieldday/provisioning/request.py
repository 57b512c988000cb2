"""What a person asks for in the form of `provision`, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from fieldday.errors import Invalid, quoted
from fieldday.json_data import JsonData
from fieldday.provisioning.root_module import Root
from fieldday.requests import check_minutes, check_reason

Mode = Literal["plan", "apply", "destroy"]
MODES: tuple[str, ...] = get_args(Mode)

PLAN_MINUTES = range(1, 1441)
"""How long a plan may be applied. After a day, what it was made of has changed."""


@dataclass(frozen=True)
class ProvisionRequest(JsonData):
    """One change of one environment's infrastructure."""

    environment: str
    """Which one: it has a var-file of that name."""
    modules: tuple[str, ...]
    """The modules of the root that it is limited to; none: all of it."""
    mode: Mode
    """plan: only say what would change. apply: make it so. destroy: remove it."""
    plan_minutes: float
    """How long the plan may wait for an answer and be applied."""
    reason: str
    """Why, for the approver and for the record."""

    def __post_init__(self) -> None:
        """Check all that needs nothing but the request itself. Raises `Invalid`."""
        if self.mode not in MODES:
            fix = f"Use {', '.join(MODES[:-1])} or {MODES[-1]}."
            raise Invalid("mode", f"{quoted(self.mode)} is not known", fix)
        if repeated := [name for name in self.modules if self.modules.count(name) > 1]:
            fix = "Name each module once."
            raise Invalid("modules", f"has {quoted(repeated[0])} more than once", fix)
        check_minutes("plan_minutes", self.plan_minutes, PLAN_MINUTES.stop - 1)
        check_reason(self.reason)

    @classmethod
    def for_root(cls, root: Root, params: Mapping[str, Any]) -> ProvisionRequest:
        """Read the form's values for this root, and check the environment's var-file.

        Raises `Permanent`: there is no root; and `Invalid` for the first value that is wrong.
        """
        root.check()
        request = cls.from_params(params, environments=root.environments, modules=root.modules)
        root.var_file(request.environment)
        return request

    @classmethod
    def from_params(
        cls, params: Mapping[str, Any], *, environments: Sequence[str], modules: Sequence[str]
    ) -> ProvisionRequest:
        """Read the form's values.

        `environments` and `modules` are those that the root has. Raises `Invalid` for the first
        value that is wrong.
        """
        environment = params.get("environment")
        if not isinstance(environment, str) or environment not in environments:
            known = ", ".join(environments) or "none: the root has no environments/*.tfvars"
            raise Invalid("environment", f"{quoted(environment)} is not known", f"Use {known}.")
        named = params.get("modules") or ()
        if not isinstance(named, (list, tuple)):
            raise Invalid("modules", f"is {quoted(named)}, not a list", "Use a list of names.")
        for name in named:
            if name not in modules:
                fix = f"Use {', '.join(modules)}, or none for all."
                raise Invalid("modules", f"{quoted(name)} is not a module of the root", fix)
        return cls(
            environment=environment,
            modules=tuple(named),
            mode=params.get("mode"),  # type: ignore[arg-type] # checked by the class
            plan_minutes=params.get("plan_minutes"),  # type: ignore[arg-type] # likewise
            reason=params.get("reason"),  # type: ignore[arg-type] # likewise
        )
