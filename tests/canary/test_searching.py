"""How a search is asked: what goes over the wire, and what an odd answer is taken for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.canary.searching import WebSearch, has_found
from connector.http.network import Network
from connector.ports.search import NotSearched, Searcher
from connector.secrets.hiding import hide, keep
from tests.canary.portal import Portal

MARK = "zzcanary47"
KARI = Searcher(name="kari@example.com", password="her&password é")
STRAIGHT = Network(proxy="none")


def results(*titles: str) -> bytes:
    return json.dumps(
        {"Results": [{"Title": one, "Summary": "s"} for one in titles], "TotalResults": len(titles)}
    ).encode()


def search_at(
    portal: Portal, *, token: bool = False, results: str = "Results", timeout_s: float = 5.0
) -> WebSearch:
    return WebSearch(
        f"{portal.url}/api/search?searchTerm={{words}}&limit=20",
        STRAIGHT,
        token_url=f"{portal.url}/token" if token else "",
        results=results,
        timeout_s=timeout_s,
    )


async def test_words_are_quoted_and_a_name_and_a_password_go_as_basic_sign_in() -> None:
    async with Portal(lambda _: ("200 OK", results(f"Search test <b>{MARK.upper()}</b>"))).open() as portal:
        assert await search_at(portal).finds(KARI, "two words&more", MARK)
    assert "GET /api/search?searchTerm=two%20words%26more&limit=20 HTTP/1.1" in portal.calls[0]
    assert "Authorization: Basic a2FyaUBleGFtcGxlLmNvbTpoZXImcGFzc3dvcmQgw6k=" in portal.calls[0]
    assert "password" not in portal.calls[0]
    assert hide("a2FyaUBleGFtcGxlLmNvbTpoZXImcGFzc3dvcmQgw6k=") == "***"


async def test_a_token_is_asked_for_and_never_told() -> None:
    def answer(call: str) -> tuple[str, bytes]:
        if call.startswith("POST /token"):
            return "200 OK", b'{"access_token": "tok-4711-secret-0815", "expires_in": 1199}'
        return "200 OK", results()

    async with Portal(answer).open() as portal:
        assert not await search_at(portal, token=True).finds(KARI, "word", MARK)
    assert "grant_type=password&username=kari%40example.com&password=her%26password+%C3%A9" in portal.calls[0]
    assert "Authorization: Bearer tok-4711-secret-0815" in portal.calls[1]
    assert hide("it said tok-4711-secret-0815") == "it said ***"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        ("200 OK", b"<title>Sign in</title>", 'answered 200 with a web page \\("Sign in",'),
        ("200 OK", b"\xff\xfe", "no JSON"),
        ("200 OK", b'{"Results": null}', "canary.results"),
        ("200 OK", b'["zzcanary47"]', "canary.results"),
        ("200 OK", b'{"Results": ' + b"[" * 100_000, "no JSON"),
        ("200 OK", b'{"Results": ["' + b"x" * 12_000_000 + b'"]}', "larger"),
        ("302 Found", b"", "answered 302"),
        ("401 Unauthorized", b"her&password", "answered 401"),
        ("429 Wait", b"", "answered 429"),
    ],
)
async def test_what_is_no_list_of_results_tells_nothing(status: str, body: bytes, words: str) -> None:
    keep([KARI.password])
    async with Portal(lambda _: (status, body)).open() as portal:
        with pytest.raises(NotSearched, match=words) as caught:
            await search_at(portal).finds(KARI, "word", MARK)
    assert len(portal.calls) == 1
    assert KARI.password not in str(caught.value)


async def test_a_search_that_hangs_is_given_up_and_one_that_is_down_is_told() -> None:
    async with Portal(lambda _: ("200 OK", b""), hang=True).open() as portal:
        with pytest.raises(NotSearched, match="did not answer in time"):
            await search_at(portal, timeout_s=0.2).finds(KARI, "word", MARK)
    with pytest.raises(NotSearched, match="cannot be reached"):
        await search_at(portal).finds(KARI, "word", MARK)


@pytest.mark.parametrize(
    ("answer", "path", "found"),
    [
        ([{"title": MARK}], "", True),
        ({"data": {"items": [{"fields": {"name": [f"x {MARK} y"]}}]}}, "data.items", True),
        ({"data": {"items": [{"title": "other"}]}, "query": MARK}, "data.items", False),
        ({"Results": []}, "Results", False),
        ({"Results": [{"title": f"{MARK}0 of another connector"}]}, "Results", False),
        ({"Results": [{"title": f"<em>{MARK}</em>0"}]}, "Results", True),
    ],
)
def test_a_document_is_found_by_its_mark_in_one_of_the_results_and_nowhere_else(
    answer: Any, path: str, found: bool
) -> None:
    assert has_found(json.dumps(answer).encode(), path, MARK) is found


@pytest.mark.parametrize("odd", [b'"\\ud83d"', b'"\xff"', b'"a\x01b"'])
def test_one_odd_result_hides_no_other(odd: bytes) -> None:
    assert has_found(
        b'\xef\xbb\xbf{"Results":[{"Title":%s},{"Title":"%s"}]}' % (odd, MARK.encode()), "Results", MARK
    )
