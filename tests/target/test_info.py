"""The info page of an intranet: what it tells, and what it is when it is none. respx plays the intranet."""

from __future__ import annotations

import httpx
import pytest
import respx

from connector.errors import TargetUnavailable
from connector.target.info import Info, read_info

PAGE = {"ApiDomain": "eu-lb-api-01.interactgo.com", "TenantGuid": "6d0f", "Name": "Intranet", "Version": "9"}


@pytest.mark.parametrize(
    "typed", ["intranet.example.com", "http://intranet.example.com", "https://intranet.example.com/home"]
)
async def test_the_page_is_asked_for_over_https_however_the_address_is_typed(typed: str) -> None:
    with respx.mock(base_url="https://intranet.example.com") as intranet:
        intranet.get("/info").respond(200, json=PAGE)
        assert await read_info(typed) == Info(
            api_domain="eu-lb-api-01.interactgo.com", tenant_guid="6d0f", name="Intranet"
        )


async def test_on_this_machine_the_api_answers_in_the_same_scheme() -> None:
    with respx.mock(base_url="http://127.0.0.1:9000") as intranet:
        intranet.get("/info").respond(200, json={**PAGE, "ApiDomain": "127.0.0.1:9001"})
        assert (await read_info("http://127.0.0.1:9000")).api_domain == "http://127.0.0.1:9001"


ODD: dict[str, httpx.Response | Exception] = {
    "a page": httpx.Response(200, html="<html>Sign in</html>"),
    "nothing": httpx.Response(200, content=b""),
    "no tenant": httpx.Response(200, json={"ApiDomain": "x"}),
    "a list": httpx.Response(200, json=[]),
    "an odd API": httpx.Response(200, json={**PAGE, "ApiDomain": "http://["}),
    "a redirect": httpx.Response(302, headers={"Location": "https://evil.example.com/info"}),
    "404": httpx.Response(404),
    "503": httpx.Response(503),
    "no gzip": httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not compressed")
    ),
    "refused": httpx.ConnectError("refused"),
    "silence": httpx.ReadTimeout("silence"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_whatever_else_answers_is_no_info_page_and_nobody_else_is_asked(
    odd: httpx.Response | Exception,
) -> None:
    with respx.mock(base_url="https://intranet.example.com") as intranet:
        asked = intranet.get("/info").mock(side_effect=[odd])
        with pytest.raises(TargetUnavailable):
            await read_info("intranet.example.com")
        assert asked.call_count == 1


@pytest.mark.parametrize(
    "extra",
    [b"", b',"Odd":"\\ud83d"', b',"Odd":"\xff"', b',"Odd":NaN', b',"Odd":' + b"[" * 5_000 + b"]" * 5_000],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_what_nobody_asked_for_on_the_page_may_be_odd(extra: bytes, mark: bytes) -> None:
    body = mark + b'{"ApiDomain":"api.example.com","TenantGuid":"6d0f"' + extra + b"}"
    with respx.mock(base_url="https://intranet.example.com") as intranet:
        intranet.get("/info").respond(200, content=body)
        assert await read_info("intranet.example.com") == Info(
            api_domain="api.example.com", tenant_guid="6d0f"
        )


@pytest.mark.parametrize("typed", ["http://[", "intranet:abc", "http://a:99999", "\u2100.com", "", "//"])
async def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises(TargetUnavailable):
        await read_info(typed)
