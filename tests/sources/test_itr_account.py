"""Signing in to ITR, and what counts as an answer."""

from __future__ import annotations

import pytest

from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    SettingsError,
    SourceRefused,
    SourceUnavailable,
)
from connector.secrets import hiding
from connector.sources.itr.credentials import Credentials, check_credentials, one_time_code
from connector.sources.itr.kinds import CLIENT
from connector.sources.itr.listing import Lists, key_of
from connector.sources.itr.wire import Login
from tests.sources.itr_bench import OTHER, SESSION, Bench, answered, keys, read_session
from tests.sources.itr_samples import sample


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


class Given(set[str]):
    """Tokens of the server, and all that there ever were."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: set[str] = set()

    def add(self, token: str, /) -> None:
        self.ever.add(token)
        super().add(token)


async def test_several_companies_are_listed_and_nothing_is_chosen(bench: Bench) -> None:
    bench.world.tokens = given = Given()
    bench.world.companies.append({**bench.world.companies[0], "ID": OTHER, "CompanyName": "Tweede Bedrijf"})
    with pytest.raises(SourceRefused, match="company_id") as caught:
        await bench.account(company_id="").open()
    assert OTHER in str(caught.value)
    assert "Tweede Bedrijf" in str(caught.value)
    assert bench.world.tokens == set()
    assert {hiding.hide(token) for token in given.ever} == {"***"}, "also of a sign-in that led to nothing"


async def test_a_token_stays_hidden_as_long_as_it_is_used_however_many_others_come(bench: Bench) -> None:
    account = await bench.opened()
    (token,) = bench.world.tokens
    for number in range(hiding.MOST_PASSING + 1):
        hiding.keep_token(f"other-{number:05}-xyz")
    await account.read_rights()
    assert hiding.hide(token) == "***"


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


async def test_a_further_token_for_another_company_reads_nothing(bench: Bench) -> None:
    account = await bench.opened()
    bench.world.tokens.clear()
    bench.world.login = {**bench.world.login, "CompanyID": OTHER}
    for _ in range(2):
        with pytest.raises(SourceRefused, match="another company"):
            await read_session(account)


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
