"""Sign-ins by a password that is changed, or of a user who is erased, while it is checked."""

from __future__ import annotations

import threading
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from patience import PATIENCE

from reference.database import Database
from reference.identity.accounts import Accounts, NewUser, User
from reference.identity.passwords import Cost, Passwords
from reference.identity.sign_ins import SignIns
from reference.values import Record

pytestmark = pytest.mark.sandbox

PASSWORD = "correct horse battery staple"  # pragma: allowlist secret
CHEAP = Cost(log_n=4, r=1, p=1)


@dataclass
class Known:
    """A user, and what `auth` keeps of users and sign-ins."""

    user: Record[User]
    accounts: Accounts
    sign_ins: SignIns
    database: Database

    async def begin(self) -> Any:
        """Begin a sign-in by the hash that was read at first."""
        return await self.sign_ins.begin(str(self.user.id), self.user.data.password)


@pytest_asyncio.fixture
async def known(postgresql: Any) -> AsyncIterator[Known]:
    database = Database(postgresql.url)
    await database.open()
    accounts = Accounts(database, Passwords(CHEAP))
    new = NewUser(f"{uuid.uuid4()}@example.org", "Ada", date(1990, 5, 17), PASSWORD)
    yield Known(await accounts.register(new), accounts, SignIns(database, 60), database)
    await database.close()


async def test_a_sign_in_begins_by_the_password_that_is(known: Known) -> None:
    begun = await known.begin()
    assert begun.user == str(known.user.id)
    assert await known.sign_ins.go_on(begun.token) is not None


async def test_none_begins_by_a_password_that_was(known: Known) -> None:
    await known.accounts.set_password(known.user, "another long password")
    assert await known.begin() is None
    assert await known.sign_ins.end_all(str(known.user.id)) == 0


async def test_none_begins_for_a_user_who_was_erased(known: Known) -> None:
    assert await known.accounts.erase(str(known.user.id)) == 1
    assert await known.begin() is None
    assert await known.sign_ins.end_all(str(known.user.id)) == 0


async def test_a_new_name_ends_no_sign_in_that_is_beginning(known: Known) -> None:
    await known.accounts.rename(known.user, "Countess")
    assert await known.begin() is not None


async def test_a_hash_of_another_cost_is_renewed_after_the_sign_in(known: Known) -> None:
    dearer = Accounts(known.database, Passwords(Cost(log_n=5, r=1, p=1)))
    assert await dearer.has_password(known.user, PASSWORD)
    assert await known.begin() is not None
    await dearer.renew_hash(known.user, PASSWORD)
    renewed = await dearer.get(known.user.id)
    assert renewed is not None
    assert renewed.data.password != known.user.data.password
    assert await dearer.has_password(renewed, PASSWORD)


@pytest.mark.parametrize("erased", [False, True])
def test_no_sign_in_by_the_old_password_is_left(auth: Any, postgresql: Any, erased: bool) -> None:
    registered = auth.register()
    url, client = auth.url, auth.running.client
    # Checks wait for each other, and this machine may be busy with other tests.
    client.timeout = 60 * PATIENCE
    grant = {"grant_type": "password", "username": registered["email"], "password": auth.password}
    headers = {"Authorization": f"Bearer {auth.tokens(**grant)['access_token']}"}
    under_way = threading.Semaphore(0)

    def sign_in_until_refused() -> None:
        while client.post(f"{url}/v1/token", json=grant).status_code == 200:
            under_way.release()

    path = f"{url}/v1/users/{registered['id']}"
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(sign_in_until_refused) for _ in range(6)]
        for _ in range(6):
            assert under_way.acquire(timeout=60 * PATIENCE)
        if erased:
            answer = client.delete(f"{path}/data", headers=auth.client("api"))
        else:
            passwords = {"current": auth.password, "new": "another long password"}
            answer = client.put(f"{path}/password", json=passwords, headers=headers)
        assert answer.is_success, answer.text
        for each in tries:
            each.result(60)
    left = "SELECT kind FROM documents WHERE owner = $1 AND kind = 'sign-in'"
    assert postgresql.execute(left, registered["id"]) == []
