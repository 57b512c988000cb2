"""The parts that only `auth` has: users, clients, sign-ins, and the keys that sign tokens."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from reference import logs
from reference.database import Database, StoreUnavailableError
from reference.identity.accounts import Accounts
from reference.identity.clients import Clients
from reference.identity.keys import Schedule, SigningKeys
from reference.identity.passwords import Passwords
from reference.identity.seal import Seal
from reference.identity.sign_ins import SignIns
from reference.identity.tokens import Issuer
from reference.settings import Settings

_KEEP_SECONDS = 10.0


class Authority:
    """One a process of `auth`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        told = settings.issuing
        schedule = Schedule(
            age=timedelta(seconds=told.key_seconds),
            lead=timedelta(seconds=told.key_lead_seconds),
            token=timedelta(seconds=told.token_seconds),
        )
        seal = Seal(told.key_encryption_key, settings.issuer)
        self.keys = SigningKeys(database, seal, schedule)
        self.issuer = Issuer(self.keys, settings.issuer, settings.audience, told.token_seconds)
        self.accounts = Accounts(database, Passwords())
        self.sign_ins = SignIns(database, told.sign_in_seconds)
        self.clients = Clients(told.client_secrets)

    async def keep(self) -> None:
        """Make keys when it is time and remove what has ended, for as long as the service runs."""
        while True:
            try:
                await self.keys.keep()
                await self.sign_ins.remove_ended()
                wait = _KEEP_SECONDS
            except StoreUnavailableError:
                # At the start the database may take a moment.
                wait = 0.2
            except Exception:  # noqa: BLE001 - the next round may go well
                logs.event("signing keys not kept", logging.ERROR, exc_info=True)
                wait = _KEEP_SECONDS
            await asyncio.sleep(wait)
