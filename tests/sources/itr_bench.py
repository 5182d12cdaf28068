"""An account of ITR beside the server that is played, and what is read with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import httpx
import respx

from connector.http.call_policy import CallPolicy
from connector.sandbox.itr import ItrWorld
from connector.sandbox.itr_http import ItrApp
from connector.sources.itr.account import Account
from connector.sources.itr.credentials import Credentials
from connector.sources.itr.kinds import CLIENT
from connector.sources.itr.listing import Listing, Lists, Proof, key_of
from connector.sources.itr.wire import Session, parse_row
from tests.odd_answers import through_httpx
from tests.sources.itr_samples import sample

OTHER = "71a932b6-0451-5a73-b602-a21cfc89b2fe"
SESSION = "0b2b735c-6aca-56a9-97bb-424cce4270e7"


class Bench:
    """A world, its application, and accounts that call it without sockets."""

    def __init__(self) -> None:
        self.world = ItrWorld()
        self.world.quirks.calls_per_s = self.world.quirks.logins_per_s = None
        self.app = ItrApp(self.world)
        self.http = through_httpx(respx.ASGIHandler(self.app))
        self.slept: list[float] = []
        self.wall_clock: Callable[[], float] = time.time

    def account(self, attempts: int = 1, **values: str) -> Account:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        given = {
            "user_id": self.world.user_id,
            "password": self.world.password,
            "totp_secret": "",
            "company_id": self.world.company_id,
            **values,
        }
        return Account(
            self.http,
            source="itr",
            base_url="http://itr.test/api",
            credentials=Credentials(**given),
            calls_per_s=5_000,
            policy=CallPolicy(attempts=attempts, backoff_max_s=60, sleep=sleep, clock=self.wall_clock),
        )

    async def opened(self, **values: str) -> Account:
        account = self.account(**values)
        await account.open()
        return account


async def read_session(account: Account, key: str = SESSION) -> Session:
    path = f"/sessions/{key}"
    return await account.read(
        path, "/sessions/{id}", account.answers.reader(path, lambda body: parse_row(body, Session))
    )


async def answered(status: int, body: bytes) -> Account:
    """An account whose every read is answered alike, once it is signed in."""

    def answer(request: httpx.Request) -> httpx.Response:
        named = {
            "/api/login": "login_ok",
            "/api/logins/currentuser": "currentuser",
            "/api/companies/currentcompany": "currentcompany",
        }
        if request.url.path in named:
            return httpx.Response(200, content=sample(named[request.url.path]).body)
        return httpx.Response(status, content=body)

    made = Bench()
    made.http = through_httpx(answer)
    account = made.account()
    await account.open()
    return account


async def read(
    account: Account, path: str = "/sessions", *databases: str, trusted: Mapping[str, Proof] | None = None
) -> dict[str, Listing]:
    listings = {one: Listing(Session, began=0) for one in databases or (CLIENT,)}
    async for _ in Lists(account).read(path, Session, listings, trusted=trusted):
        pass
    return listings


async def keys(account: Account, path: str = "/sessions", database: str = CLIENT) -> list[str]:
    listing = (await read(account, path, database))[database]
    if listing.trouble is not None:
        raise listing.trouble
    assert listing.proven
    found = [key_of(one) for page in listing.pages() for one in page]
    assert len(found) == listing.count
    return found
