"""The status page over HTTP: who may see it, and who may change something."""

from __future__ import annotations

import asyncio
import html
import re
from contextlib import suppress

import pytest

from connector.http.hosts import is_loopback
from connector.pages.access import COOKIE, MOST_WRONG, host_of
from connector.pages.connections import MOST_CONNECTIONS
from tests import ledgers
from tests.pages.open_page import TOKEN, Open, park, raw

# -- who may see it -------------------------------------------------------------------------------


async def test_a_foreign_host_name_needs_the_token(status: Open) -> None:
    await status.near.run("full")
    rebound = {"Host": "evil.example.com"}
    answer = await status.client.get("/documents", headers=rebound)
    assert answer.status_code == 401
    assert "section.txt" not in answer.text
    assert "section.txt" in await status.page(
        "/documents", headers={**rebound, "Authorization": f"Bearer {TOKEN}"}
    )


@pytest.mark.parametrize("listen", ["0.0.0.0:0"])
async def test_listening_beyond_this_machine_shows_nothing_without_the_token(status: Open) -> None:
    await status.near.run("full")
    for path in ("/", "/documents", "/runs", "/held", "/quarantine", "/exchanges", "/nothing"):
        assert (await status.client.get(path)).status_code == 401, path
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert (await status.client.get(path)).status_code == 200, path
    await status.sign_in()
    assert "section.txt" in await status.page("/documents")


@pytest.mark.parametrize("listen", ["0.0.0.0:0"])
async def test_where_a_broken_ledger_stands_is_told_to_whoever_signed_in(status: Open) -> None:
    file = ledgers.file_of(status.near.folder)
    await status.near.run("full")
    await asyncio.to_thread(file.write_bytes, b"no ledger at all, whatever it was before" * 200)
    for path in ("/health/ready", "/metrics"):
        answer = await status.client.get(path)
        assert answer.status_code == 503
        assert file.name not in answer.text
        assert "Its log says why" in answer.text
    bearing = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/health/ready", "/metrics", "/"):
        answer = await status.client.get(path, headers=bearing)
        assert answer.status_code == 503
        assert file.name in answer.text, path


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Anything",
        "Forwarded",
        "Via",
        "X-Real-IP",
        "True-Client-IP",
    ],
)
async def test_what_a_proxy_brings_in_needs_the_token_whatever_host_it_names(
    status: Open, header: str
) -> None:
    await status.near.run("full")
    through = {"Host": "127.0.0.1:9470", header: "10.0.0.9"}
    for path in ("/", "/documents", "/nothing"):
        answer = await status.client.get(path, headers=through)
        assert answer.status_code == 401
        assert "section.txt" not in answer.text
    bearing = {**through, "Authorization": f"Bearer {TOKEN}"}
    assert "section.txt" in await status.page("/documents", headers=bearing)


@pytest.mark.parametrize(
    "host",
    [
        "[",
        "[::1",
        "[::1].evil.example",
        "127.0.0.1@evil.example",
        "evil.example",
        "]",
        "a b",
        "127.0.0.1:x",
        "[::1]x",
        "",
    ],
)
async def test_no_odd_host_is_this_machine_or_ends_in_an_error(status: Open, host: str) -> None:
    port = status.client.base_url.port
    for path in ("/", "/documents/", "/runs/nothing"):
        status_line, _ = await raw(port, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")
        assert status_line.split()[1] in {"400", "401"}, status_line


async def test_http_1_0_and_two_hosts_are_not_this_machine(status: Open) -> None:
    port = status.client.base_url.port
    for request in (
        "GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    ):
        status_line, _ = await raw(port, request)
        assert status_line.split()[1] in {"400", "401"}, status_line


async def test_an_odd_origin_changes_nothing(status: Open) -> None:
    park(status.near)
    key = await status.sign_in()
    for origin in ("http://[", "http://127.0.0.1.evil.example", "x"):
        answer = await status.client.post(
            "/quarantine", data={"action": "drop", "form_key": key}, headers={"Origin": origin}
        )
        assert answer.status_code == 403
    assert "Odd" in await status.page("/quarantine")


@pytest.mark.parametrize(
    "begun",
    [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\ntoken=",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nx",
        "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET / HT",
    ],
)
async def test_whoever_sends_half_a_request_is_let_go(
    status: Open, monkeypatch: pytest.MonkeyPatch, begun: str
) -> None:
    monkeypatch.setattr("connector.pages.connections.WHOLE_REQUEST_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", status.client.base_url.port)
    writer.write(begun.encode())
    # uvicorn itself lets go of an idle connection after five seconds, of these never
    async with asyncio.timeout(4):
        with suppress(ConnectionResetError):
            await reader.read()
    writer.close()
    await status.page("/")


async def test_there_is_a_limit_on_connections_and_it_is_told(status: Open) -> None:
    port = status.client.base_url.port
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(MOST_CONNECTIONS)]
    try:
        status_line, _ = await raw(port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert status_line.split()[1] == "503"
    finally:
        for writer in writers:
            writer.close()


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("127.0.0.1:9470", "127.0.0.1"),
        ("[::1]:9470", "::1"),
        ("localhost.", "localhost."),
        ("[::1].evil.example", ""),
        ("[", ""),
        ("user@127.0.0.1", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_header(header: str, host: str) -> None:
    assert host_of(header) == host


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("LOCALHOST", True),
        ("localhost.", True),
        ("localhost", True),
        ("127.0.0.9", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_told_by_address(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


# -- who may change something ---------------------------------------------------------------------


async def test_without_the_token_nothing_changes(status: Open) -> None:
    park(status.near)
    answer = await status.client.post("/quarantine", data={"action": "drop"})
    assert answer.status_code == 403
    assert '<form method="post" action="/quarantine' not in await status.page("/quarantine")
    assert "Odd" in await status.page("/quarantine")


async def test_a_session_retries_and_drops(status: Open) -> None:
    park(status.near)
    key = await status.sign_in()
    answer = await status.client.post(
        "/quarantine", data={"action": "retry", "id": "ix-odd", "form_key": key}
    )
    assert answer.status_code == 303
    assert "tried again in the next run" in await status.page("/quarantine")
    await status.client.post("/quarantine", data={"action": "drop", "id": "ix-odd", "form_key": key})
    assert "Nothing is in quarantine" in await status.page("/quarantine")


async def test_a_forged_form_does_nothing(status: Open) -> None:
    park(status.near)
    key = await status.sign_in()
    for data, headers in (
        ({"action": "drop"}, {}),
        ({"action": "drop", "form_key": "guess"}, {}),
        ({"action": "drop", "form_key": key}, {"Origin": "https://evil.example.com"}),
        ({"action": "drop", "form_key": key}, {"Origin": "null"}),
    ):
        answer = await status.client.post("/quarantine", data=data, headers=headers)
        assert answer.status_code == 403
    assert "Odd" in await status.page("/quarantine")


async def test_a_program_changes_things_with_the_bearer_token(status: Open) -> None:
    park(status.near)
    answer = await status.client.post(
        "/quarantine", data={"action": "drop"}, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 303
    wrong = await status.client.post(
        "/quarantine", data={"action": "drop"}, headers={"Authorization": "Bearer x"}
    )
    assert wrong.status_code == 403


async def test_the_cookie_is_for_this_page_alone(status: Open) -> None:
    answer = await status.client.post("/sign-in", data={"token": TOKEN})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie


async def test_a_session_ends_after_a_working_day(status: Open) -> None:
    key = await status.sign_in()
    status.near.clock.pass_seconds(9 * 3_600)
    answer = await status.client.post("/quarantine", data={"action": "retry", "form_key": key})
    assert answer.status_code == 403


async def test_signing_out_ends_the_session(status: Open) -> None:
    key = await status.sign_in()
    await status.client.post("/sign-out", data={"form_key": key})
    assert "Sign in" in await status.page("/quarantine")


async def test_guessing_is_slowed_down(status: Open) -> None:
    for _ in range(MOST_WRONG):
        assert (await status.client.post("/sign-in", data={"token": "guess"})).status_code == 403
    assert (await status.client.post("/sign-in", data={"token": TOKEN})).status_code == 403
    status.near.clock.pass_seconds(61)
    assert (await status.client.post("/sign-in", data={"token": TOKEN})).status_code == 303


async def test_after_ten_wrong_tokens_the_words_say_to_wait(status: Open) -> None:
    for _ in range(MOST_WRONG):
        assert "That is not the token" in (await status.client.post("/sign-in", data={"token": "guess"})).text
    answer = await status.client.post("/sign-in", data={"token": TOKEN})
    assert "That is not the token" not in answer.text
    assert "Wait a minute" in answer.text


async def test_bearer_tokens_are_guessed_no_faster_than_at_the_form(status: Open) -> None:
    rebound = {"Host": "evil.example.com"}
    for n in range(MOST_WRONG):
        answer = await status.client.get("/runs", headers={**rebound, "Authorization": f"Bearer guess{n}"})
        assert answer.status_code == 401
    bearing = {**rebound, "Authorization": f"Bearer {TOKEN}"}
    answer = await status.client.get("/runs", headers=bearing)
    assert answer.status_code == 401
    assert "Wait a minute" in answer.text
    assert (await status.client.post("/sign-in", data={"token": TOKEN})).status_code == 403
    status.near.clock.pass_seconds(61)
    await status.page("/runs", headers=bearing)


async def test_one_request_with_a_wrong_token_is_one_guess(status: Open) -> None:
    for _ in range(MOST_WRONG - 1):
        answer = await status.client.post(
            "/quarantine", headers={"Host": "a.example", "Authorization": "Bearer x"}
        )
        assert answer.status_code == 403
    assert (await status.client.post("/sign-in", data={"token": TOKEN})).status_code == 303


async def test_what_a_form_did_is_told_once_and_to_nobody_else(status: Open) -> None:
    park(status.near)
    assert "Pay here" not in await status.page("/quarantine?done=Pay+here")
    key = await status.sign_in()
    await status.client.post("/quarantine", data={"action": "retry", "form_key": key})
    assert "1 document: tried again in the next run" in await status.page("/quarantine")
    assert "1 document: tried again" not in await status.page("/quarantine")


async def test_a_huge_form_is_not_read(status: Open) -> None:
    answer = await status.client.post("/sign-in", content=b"token=" + b"x" * 1_000_000)
    assert answer.status_code in {403, 413}


# -- where signing in leads -----------------------------------------------------------------------


async def test_who_signs_in_from_a_page_comes_back_to_it(status: Open) -> None:
    for page in ("/quarantine", "/held", "/documents/ix-1"):
        found = re.search(r'href="(/sign-in[^"]*)"', (await status.client.get(page)).text)
        assert found
        form = re.search(r'action="(/sign-in[^"]*)"', await status.page(html.unescape(found[1])))
        assert form
        wrong = await status.client.post(html.unescape(form[1]), data={"token": "guess"})
        again = re.search(r'action="(/sign-in[^"]*)"', wrong.text)
        assert again
        answer = await status.client.post(html.unescape(again[1]), data={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, page)
        status.client.cookies.clear()


async def test_who_signs_in_begins_in_the_first_field(status: Open) -> None:
    fields = re.findall(r"<input (?!type=.hidden)[^>]*>", await status.page("/sign-in"))
    assert ["autofocus" in one for one in fields] == [True, False]


@pytest.mark.parametrize(
    "back", ["//evil.example.com/x", "https://evil.example.com", "/\\evil.example.com", "x", "/a b", "/a?b"]
)
async def test_signing_in_leads_nowhere_else(status: Open, back: str) -> None:
    answer = await status.client.post("/sign-in", params={"back": back}, data={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_of_a_session_that_is_over_says_that_nothing_was_changed(status: Open) -> None:
    await status.near.run("full")
    park(status.near)
    old = await status.sign_in()
    await status.sign_in()  # in another tab, which has the cookie now
    hide = f"/documents/ix-{status.small.plan}/hide"
    for form, page in (
        ("/quarantine", "/quarantine"),
        ("/held", "/held"),
        (hide, hide.removesuffix("/hide")),
    ):
        answer = await status.client.post(form, data={"action": "drop", "form_key": old})
        assert answer.status_code == 403
        assert "Nothing was changed" in answer.text
        assert f'<a href="{page}">Open the page again</a>' in answer.text
        assert 'name="token"' not in answer.text, "she is signed in"
    status.near.clock.pass_seconds(9 * 3_600)
    answer = await status.client.post("/quarantine", data={"action": "drop", "form_key": old})
    assert "Nothing was changed: you are not signed in any more" in answer.text
    assert 'action="/sign-in?back=%2Fquarantine"' in answer.text
    assert "Odd" in await status.page("/quarantine")
