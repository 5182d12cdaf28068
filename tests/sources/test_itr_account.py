"""Signing in to ITR, and what counts as an answer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import pytest
import respx

from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    SettingsError,
    SourceRefused,
    SourceUnavailable,
)
from connector.http.call_policy import CallPolicy
from connector.sandbox.itr import ItrWorld
from connector.sandbox.itr_http import ItrApp
from connector.sources.itr.account import Account
from connector.sources.itr.credentials import Credentials, check_credentials, one_time_code
from connector.sources.itr.exchanges import EXCHANGES
from connector.sources.itr.kinds import CLIENT, MASTER
from connector.sources.itr.listing import PAGE, Listing, Lists, Proof, key_of
from connector.sources.itr.rate_limit import RateLimit
from connector.sources.itr.wire import Login, Session
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


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.http.__aexit__(None, None, None)


async def read_session(account: Account, key: str = SESSION) -> Session:
    path = f"/sessions/{key}"
    return await account.read(path, "/sessions/{id}", account.answers.decode(path, Session))


async def test_name_and_password_with_western_letters_arrive_as_latin_1(bench: Bench) -> None:
    account = await bench.opened()
    assert account.company_name == "Stichting Voorbeeldloopbaan"
    assert account.login_key == bench.world.login["ID"]


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"user_id": "Łukasz@example.com"}, "user_id"),
        ({"password": "пароль-secret"}, "password"),
        ({"password": "secret "}, "password"),
        ({"password": "se\ncret"}, "password"),
        ({"totp_secret": "not a secret!"}, "totp_secret"),
    ],
)
def test_what_cannot_be_sent_is_a_settings_error_that_does_not_repeat_it(
    values: dict[str, str], key: str
) -> None:
    given = {"user_id": "a", "password": "b", "totp_secret": "", "company_id": "", **values}
    with pytest.raises(SettingsError) as caught:
        check_credentials("itr", Credentials(**given))
    assert caught.value.key == f"sources.itr.{key}"
    assert values[key].strip() not in str(caught.value)


async def test_a_wrong_password_names_the_settings_to_mend(bench: Bench) -> None:
    with pytest.raises(SourceRefused, match=r"sources\.itr\.password") as caught:
        await bench.account(password="wrong-one").open()
    assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize("path", ["/logins", "/logins/currentuser/companies"])
async def test_a_token_that_nobody_has_any_more_is_no_missing_right(bench: Bench, path: str) -> None:
    """These two answer it with 403 and 404, where others say `500 error` (observed)."""
    account = await bench.opened()
    lists = Lists(account)
    bench.world.tokens.clear()
    if path == "/logins":
        rows = await lists.page(path, Login, (CLIENT,))
        assert account.login_key in {key_of(row) for row in rows[CLIENT]}
    else:
        assert account.company_key in {str(one.id) for one in await account.companies()}


async def test_several_companies_are_listed_and_nothing_is_chosen(bench: Bench) -> None:
    bench.world.companies.append({**bench.world.companies[0], "ID": OTHER, "CompanyName": "Tweede Bedrijf"})
    with pytest.raises(SourceRefused, match="company_id") as caught:
        await bench.account(company_id="").open()
    assert OTHER in str(caught.value)
    assert "Tweede Bedrijf" in str(caught.value)
    assert bench.world.tokens == set()


async def test_a_single_company_needs_no_setting(bench: Bench) -> None:
    account = await bench.opened(company_id="")
    assert account.company_key == bench.world.company_id


async def test_a_one_time_code_is_answered(bench: Bench) -> None:
    bench.world.quirks.mfa = "CODE"
    account = await bench.opened(totp_secret=bench.world.totp_secret)
    assert (await read_session(account)).key == SESSION


@pytest.mark.parametrize(("mfa", "words"), [("CODE", "totp_secret"), ("QR", "none set up")])
async def test_a_one_time_code_that_cannot_be_answered_says_what_to_do(
    bench: Bench, mfa: str, words: str
) -> None:
    bench.world.quirks.mfa = mfa
    with pytest.raises(SourceRefused, match=words):
        await bench.account().open()


def test_one_time_codes_are_those_of_the_standard() -> None:
    assert one_time_code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"  # RFC 6238, appendix B
    assert one_time_code("gezd gnbv gy3t qojq", 59) == "263420"  # 80 bits, as an authenticator is often given


async def test_a_wrong_one_time_secret_names_itself(bench: Bench) -> None:
    bench.world.quirks.mfa = "CODE"
    with pytest.raises(SourceRefused, match="totp_secret and this machine's clock"):
        await bench.account(totp_secret="GEZDGNBVGY3TQOJQ").open()


async def test_a_one_time_code_whose_half_minute_is_over_when_it_arrives_is_made_anew(bench: Bench) -> None:
    bench.world.quirks.mfa, bench.world.quirks.code_steps = "CODE", 0
    now = [29.0]

    def looked_at() -> float:
        now[0] = 31.0
        return now[0]

    bench.wall_clock, bench.world.wall_clock = (lambda: now[0]), looked_at
    account = await bench.opened(totp_secret=bench.world.totp_secret)
    assert (await read_session(account)).key == SESSION


async def test_a_one_time_code_that_is_refused_in_its_own_half_minute_is_sent_once(bench: Bench) -> None:
    bench.world.quirks.mfa = "CODE"
    bench.wall_clock = bench.world.wall_clock = lambda: 1_000.0
    with pytest.raises(SourceRefused, match="totp_secret"):
        await bench.account(totp_secret="GEZDGNBVGY3TQOJQ").open()
    assert bench.app.calls["POST /api/login/mfacode"] == 1


async def test_an_unknown_token_is_answered_by_signing_in_once_more(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.tokens.clear()
    assert (await read_session(account)).key == SESSION
    assert bench.app.calls["GET /api/login"] == 2


async def test_a_call_that_always_fails_signs_in_once_more_and_no_further(bench: Bench) -> None:
    account = await bench.opened()
    with pytest.raises(SourceUnavailable, match="500 error"):
        await read_session(account, "malformed")
    assert bench.app.calls["GET /api/login"] == 2


async def test_a_database_that_is_down_at_login_is_passing_trouble(bench: Bench) -> None:
    bench.world.quirks.database_down = True
    with pytest.raises(SourceUnavailable):
        await bench.account().open()


async def test_signing_out_ends_the_token(bench: Bench) -> None:
    account = await bench.opened()
    await account.close()
    await account.close()
    assert bench.world.tokens == set()
    assert bench.app.calls["POST /api/logout"] == 1


async def test_a_candidate_account_is_refused_in_words(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.login["IsTestTakingUser"] = True
    with pytest.raises(SourceRefused, match="office user"):
        await keys(account)
    with pytest.raises(RecordHidden):
        await read_session(account)


async def test_an_unknown_record_is_gone(bench: Bench) -> None:
    account = await bench.opened()
    with pytest.raises(RecordGone):
        await read_session(account, "00000000-0000-0000-0000-0000000000ff")


async def test_a_changed_right_is_noticed(bench: Bench) -> None:
    account = await bench.opened()
    assert await account.has_same_rights()
    bench.world.login["MayWorkWithOwnObjectsOnly"] = True
    assert not await account.has_same_rights()


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


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"<html><body>Sign in</body></html>", b"{", b'"words"', b"[3]", b"null"]
)
async def test_what_is_not_a_list_is_never_taken_for_one(body: bytes) -> None:
    account = await answered(200, body)
    with pytest.raises((SourceUnavailable, ListingIncomplete)):
        await keys(account)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b"{}", b'{"ID": 3}'])
async def test_what_is_not_a_record_is_never_taken_for_one(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        await read_session(await answered(200, body))


async def test_the_words_of_a_missing_role_are_no_proof_that_a_record_is_gone() -> None:
    with pytest.raises(SourceRefused):
        await read_session(await answered(404, sample("list_companies_bare").body))


async def test_a_page_of_another_program_is_no_proof_that_a_record_is_gone() -> None:
    with pytest.raises(SourceRefused, match="/api"):
        await read_session(await answered(404, b"<title>404 Not Found</title>"))


async def test_a_redirect_is_not_followed() -> None:
    with pytest.raises(SourceRefused, match="redirect"):
        await read_session(await answered(302, b""))


# -- what may be called ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/sessiontests/{SESSION}/637693e4-e78e-5590-bcdf-4be5c84a7774"),
        ("GET", "/tokens"),
        ("GET", f"/tokens/{SESSION}"),
        ("GET", "/datagathering"),
        ("GET", f"/datagathering/{SESSION}"),
        ("GET", f"/persons/{SESSION}/password"),
        ("GET", f"/sessions/{SESSION}/8f2ca525-7847-5a18-93ca-da8a1e58eb4b/results"),
        ("GET", "/login/qrcode"),
        ("GET", "/systemsettings"),
        ("GET", "/creditusages"),
        ("POST", "/login"),
        ("POST", f"/sessions/{SESSION}"),
        ("POST", f"/tokens/W0/{OTHER}"),
        ("POST", "/sendresetpassword"),
        ("PUT", f"/sessions/{SESSION}"),
        ("PATCH", f"/sessions/{SESSION}"),
        ("DELETE", f"/sessions/{SESSION}"),
        ("DELETE", "/sessions/group/x"),
    ],
)
async def test_what_is_not_declared_cannot_be_called(bench: Bench, method: str, path: str) -> None:
    account = await bench.opened()
    before = sum(bench.app.calls.values())
    with pytest.raises(RuntimeError, match="not a declared exchange"):
        await account.neighbour.call(method, path, read=lambda reply: reply.status)
    assert sum(bench.app.calls.values()) == before


def test_the_only_posts_are_the_accounts_own() -> None:
    posts = {exchange.path for exchange in EXCHANGES if exchange.method != "GET"}
    assert posts == {"/login/mfacode", "/logout", "/checktoken"}
    assert {exchange.method for exchange in EXCHANGES} == {"GET", "POST"}


# -- rate -----------------------------------------------------------------------------------------


class Ticking:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self.wall_clock: Callable[[], float] = time.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_no_second_holds_more_calls_than_allowed() -> None:
    clock = Ticking()
    pace = RateLimit(5, sleep=clock.sleep, now=lambda: clock.now)
    starts = []
    for _ in range(23):
        await pace.wait("/sessions")
        starts.append(clock.now)
        clock.now += 0.01
    for first in starts:
        assert sum(1 for start in starts if first <= start < first + 1.0) <= 5
    assert clock.slept


async def test_each_endpoint_has_its_own_rate() -> None:
    clock = Ticking()
    pace = RateLimit(1, sleep=clock.sleep, now=lambda: clock.now)
    await pace.wait("/sessions")
    await pace.wait("/tests")
    assert clock.slept == []


async def test_a_rate_below_one_spreads_calls_over_seconds() -> None:
    clock = Ticking()
    pace = RateLimit(0.5, sleep=clock.sleep, now=lambda: clock.now)
    await pace.wait("/sessions")
    await pace.wait("/sessions")
    assert clock.slept == [2.0]


async def test_too_many_calls_are_followed_by_a_pause_of_a_second(bench: Bench) -> None:
    recorded = sample("rate_limit_429")
    answers = [recorded.status, 200]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/login" and answers.pop(0) == 429:
            return httpx.Response(429, content=recorded.body)
        named = {"/api/login": "login_ok", "/api/logins/currentuser": "currentuser"}
        return httpx.Response(200, content=sample(named.get(request.url.path, "currentcompany")).body)

    bench.http = through_httpx(answer)
    await bench.account(attempts=3).open()
    assert bench.slept
    assert bench.slept[0] >= 1.0


# -- lists ----------------------------------------------------------------------------------------


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


async def test_a_list_is_read_over_short_pages_to_its_end(bench: Bench) -> None:
    bench.world.quirks.short_pages = 3
    account = await bench.opened()
    assert sorted(await keys(account)) == sorted(bench.world.tables[CLIENT]["sessions"])


async def test_pages_that_fail_in_sql_are_no_end(bench: Bench) -> None:
    bench.world.quirks.short_pages = 4
    bench.world.quirks.failing_from_page = 2
    account = await bench.opened()
    assert sorted(await keys(account)) == sorted(bench.world.tables[CLIENT]["sessions"])


async def test_an_end_that_cannot_be_proven_is_none(bench: Bench) -> None:
    account = await bench.opened()
    read = account.read

    async def failing(path: str, endpoint: str, reader: Any, headers: Any = None) -> Any:
        if "Filter" in (headers or {}):
            bench.world.quirks.failing.add("sessions")
        return await read(path, endpoint, reader, headers)

    account.read = failing  # type: ignore[method-assign]
    with pytest.raises(ListingIncomplete, match="may be cut off"):
        await keys(account)


async def test_an_empty_list_is_believed_while_the_database_is_well(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.tables[CLIENT]["sessions"].clear()
    bench.world.tables[MASTER]["tests"].clear()
    assert await keys(account) == []
    assert await keys(account, "/tests", MASTER) == []
    assert bench.app.calls["POST /api/checktoken"] == 4


async def test_empty_lists_share_the_signs_between_them(bench: Bench) -> None:
    account = await bench.opened()
    lists = Lists(account)
    for kind in ("groups", "organisations", "batteries"):
        bench.world.tables[CLIENT][kind].clear()
        listings = {CLIENT: Listing(Session, began=0)}
        async for _ in lists.read(f"/{kind}", Session, listings):
            pass
        assert listings[CLIENT].proven
    assert bench.app.calls["POST /api/checktoken"] == 4


async def test_an_empty_list_is_not_believed_while_the_database_is_down(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.quirks.database_down = True
    with pytest.raises(ListingIncomplete, match="not trusted"):
        await keys(account)


async def test_rows_of_another_database_are_not_taken(bench: Bench) -> None:
    account = await bench.opened()
    with pytest.raises(ListingIncomplete, match="another database"):
        await keys(account, "/sessions", MASTER)  # answered silently from the company's


async def test_a_list_without_an_end_is_noticed() -> None:
    account = await answered(200, sample("sessions_all_sorted_by_id").body)
    with pytest.raises(ListingIncomplete, match="repeats"):
        await keys(account)


async def test_both_databases_are_read_in_the_same_calls(bench: Bench) -> None:
    bench.world.quirks.short_pages = 2
    account = await bench.opened()
    listings = await read(account, "/tests", CLIENT, MASTER)
    for database, listing in listings.items():
        found = [key_of(one) for page in listing.pages() for one in page]
        assert sorted(found) == sorted(bench.world.tables[database]["tests"])
        assert listing.proven


async def test_trouble_in_one_database_leaves_the_others_list_alone(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.tables[MASTER]["tests"].clear()
    bench.world.companies.clear()
    listings = await read(account, "/tests", CLIENT, MASTER)
    assert listings[CLIENT].proven
    assert isinstance(listings[MASTER].trouble, ListingIncomplete)


async def proven(account: Account) -> Proof:
    return (await read(account))[CLIENT].proof


async def calls_of(bench: Bench, account: Account, proof: Proof) -> tuple[int, Listing]:
    before = bench.app.calls["GET /api/sessions"]
    listing = (await read(account, trusted={CLIENT: proof}))[CLIENT]
    return bench.app.calls["GET /api/sessions"] - before, listing


async def test_the_rows_of_a_proven_list_need_no_second_proof(bench: Bench) -> None:
    account = await bench.opened()
    calls, listing = await calls_of(bench, account, await proven(account))
    assert (calls, listing.trusted, listing.proven, listing.count) == (1, True, False, 25)


@pytest.mark.parametrize("change", ["added", "removed", "exchanged"])
async def test_other_rows_than_the_proven_ones_prove_their_end(bench: Bench, change: str) -> None:
    account = await bench.opened()
    proof = await proven(account)
    if change != "removed":
        bench.world.add("sessions")
    if change != "added":
        bench.world.remove("sessions", SESSION)
    calls, listing = await calls_of(bench, account, proof)
    assert (calls, listing.trusted, listing.proven) == (2, False, True)


@pytest.mark.parametrize("cap", [None, 5])
async def test_a_full_page_ends_no_list_though_its_rows_are_the_proven_ones(
    bench: Bench, cap: int | None
) -> None:
    bench.world.quirks.short_pages = cap
    rows = bench.world.tables[CLIENT]["sessions"]
    for number in range(PAGE - len(rows)):
        bench.world.add("sessions", ID=f"10000000-0000-4000-8000-{number:012x}")
    account = await bench.opened()
    proof = await proven(account)
    bench.world.add("sessions", ID="ffffffff-0000-4000-8000-000000000000")
    _, listing = await calls_of(bench, account, proof)
    assert (listing.trusted, listing.proven, listing.count) == (False, True, PAGE + 1)


async def test_an_empty_list_that_was_empty_before_costs_one_call(bench: Bench) -> None:
    bench.world.tables[CLIENT]["sessions"].clear()
    account = await bench.opened()
    calls, listing = await calls_of(bench, account, await proven(account))
    assert (calls, listing.trusted) == (1, True)


async def test_a_list_of_one_row_is_not_cut_by_pages_of_one(bench: Bench) -> None:
    bench.world.quirks.short_pages = 1
    account = await bench.opened()
    assert len(await keys(account)) == 25
