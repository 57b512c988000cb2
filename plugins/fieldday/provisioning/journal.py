"""The journal of an apply: what it has begun and done, as Terraform says it line by line.

Terraform stores the state of a long apply only now and then. What it had made since then is not
in the state when it is killed; it is in this journal, so that the next run can import it
rather than make it twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from fieldday.provisioning.diagnostics import Diagnostic, is_crash
from fieldday.provisioning.store import Store
from fieldday.records.base import file_name

# An import takes another id than the resource has: the provider's documentation of each says so.
_OTHER_IMPORT_ID = frozenset(
    {
        "aws_route",
        "aws_route_table_association",
        "aws_security_group_rule",
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment",
        "aws_lb_target_group_attachment",
        "aws_network_acl_rule",
    }
)
_VERBS = {"create": "made", "update": "changed", "delete": "destroyed", "read": "read"}


@dataclass(frozen=True)
class Done:
    """One resource that was changed in full."""

    address: str
    type: str
    action: str
    """As Terraform says it: create, update, delete."""
    id: str


@dataclass
class Journal:
    """What one apply has done so far."""

    run: str
    plan: str
    """The SHA-256 of what was applied."""
    requested_by: str
    ids: dict[str, str] = field(default_factory=dict)
    """By address: the id that what is made will have, where it is known before."""
    begun: dict[str, str] = field(default_factory=dict)
    """By address: the action of what has begun and not ended."""
    failed: dict[str, str] = field(default_factory=dict)
    """By address: the action of what has ended with an error."""
    done: list[Done] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ended: bool = False
    """Whether Terraform exited by itself, and stored the state."""
    updated: str = ""
    """RFC 3339, in UTC."""

    def read(self, line: str) -> bool:
        """Take in one line of `terraform apply -json`; whether it is one to remember."""
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            return False
        hook = message.get("hook", {})
        resource = hook.get("resource", {})
        match message.get("type"):
            case "apply_start":
                self.begun[resource["addr"]] = hook["action"]
            case "apply_complete":
                self.begun.pop(resource["addr"], None)
                self.done.append(_done(hook, resource))
            case "apply_errored":
                self.begun.pop(resource["addr"], None)
                self.failed[resource["addr"]] = hook["action"]
            case "diagnostic" if message["diagnostic"]["severity"] == "error":
                self.errors.append(str(Diagnostic.of(message["diagnostic"])))
            case "change_summary" if message["changes"]["operation"] in ("apply", "destroy"):
                self.ended = True
            case _:
                return False
        self.updated = datetime.now(UTC).isoformat(timespec="milliseconds")
        return True

    def forget(self) -> None:
        """As if nothing was read yet, for reading all of it again."""
        self.begun.clear()
        self.failed.clear()
        self.done.clear()
        self.errors.clear()
        self.ended = False

    @property
    def is_complete(self) -> bool:
        """Whether all that was approved was done."""
        return self.ended and not self.errors

    def lost(self, in_state: Collection[str]) -> tuple[list[Done], list[str]]:
        """What was made and is not in the state.

        First what can be imported by its id, also what had begun to be made when all ended and may
        be there or not. Then the addresses of what has no id: a person has to look for these.
        """
        gone = {done.address for done in self.done if done.action == "delete"}
        made = [
            done
            for done in self.done
            if done.action == "create" and done.address not in in_state and done.address not in gone
        ]
        importable = [done for done in made if done.id and done.type not in _OTHER_IMPORT_ID]
        unknown = [done.address for done in made if done not in importable]
        # A provider that crashed had sent requests and heard no answer. Any other error is one.
        crashed = self.failed if any(map(is_crash, self.errors)) else {}
        for address, action in {**self.begun, **crashed}.items():
            if action != "create" or address in in_state:
                continue
            if address in self.ids:
                kind = address.split("[")[0].split(".")[-2]
                importable.append(Done(address, kind, action, self.ids[address]))
            else:
                unknown.append(address)
        return importable, sorted(unknown)

    @property
    def text(self) -> str:
        """What became of it, in words."""
        return f"{self.words}; {self.errors[0]}" if self.errors else self.words

    @property
    def words(self) -> str:
        """What was done, without what went wrong."""
        counts = [
            f"{sum(done.action == action for done in self.done)} {verb}"
            for action, verb in _VERBS.items()
            if any(done.action == action for done in self.done)
        ]
        words = f"run {self.run}: {', '.join(counts) or 'nothing was done'}"
        if self.begun:
            words += f"; under way when it ended: {', '.join(sorted(self.begun))}"
        if self.failed:
            words += f"; failed: {', '.join(sorted(self.failed))}"
        return words

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Self:
        """As `to_dict` wrote it."""
        return cls(**{**found, "done": [Done(**done) for done in found["done"]]})

    def save(self, store: Store) -> None:
        """Write it to the bucket."""
        store.put(_key(store, self.run), json.dumps(self.to_dict()).encode())


def load(store: Store, run: str) -> Journal | None:
    """A run's journal; none where it has applied nothing, or all of it is settled."""
    content = store.get(_key(store, run))
    return None if content is None else Journal.from_dict(json.loads(content))


def unsettled(store: Store) -> list[Journal]:
    """The journals of applies that did not do all they were to do, the oldest first."""
    contents = [store.get(key) for key in store.keys(_prefix(store))]
    found = [Journal.from_dict(json.loads(content)) for content in contents if content]
    return sorted(found, key=lambda journal: journal.updated)


def settle(store: Store) -> None:
    """Forget all journals: what the state says is all there is."""
    for key in store.keys(_prefix(store)):
        store.delete(key)


def drop(store: Store, run: str) -> None:
    """Forget one run's."""
    store.delete(_key(store, run))


def _done(hook: dict[str, Any], resource: dict[str, Any]) -> Done:
    kind = resource["resource_type"]
    return Done(resource["addr"], kind, hook["action"], str(hook.get("id_value") or ""))


def _prefix(store: Store) -> str:
    return f"{store.folder}/journals/"


def _key(store: Store, run: str) -> str:
    return f"{_prefix(store)}{file_name(run)}.json"
