"""The status page over HTTP: what is so of every page, whatever is asked for and whatever is wrong."""

from __future__ import annotations

import asyncio
import html
import re
import socket
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.errors import ConnectorError, SettingsError
from connector.ledger.database import file_at
from connector.machine.verbs import COMMAND, name_target
from connector.pages.connections import Connection
from connector.pages.rendering import TEMPLATES
from connector.pages.security_headers import HEADERS
from connector.pages.server import StatusServer
from connector.status.metrics import Metrics
from tests import kept_connections
from tests.broken_servers import Broken
from tests.neighbourhood import neighbourhood
from tests.pages.open_page import PAGES, Open, park, raw
from tests.patience import IN_VAIN_S


async def test_a_page_that_nobody_looks_at_any_more_ends_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def noted(delay: float, *more: Any) -> Any:
        pauses.append(delay)
        return await sleep(delay, *more)

    async with neighbourhood(tmp_path) as near:
        server = StatusServer(app=near.app, metrics=Metrics(), lanes=dict, clock=near.clock)
        monkeypatch.setattr(asyncio, "sleep", noted)
        async with (
            server.serving("127.0.0.1:0") as address,
            httpx.AsyncClient(verify=False, base_url=address, timeout=IN_VAIN_S) as client,
        ):
            assert (await client.get("/sign-in")).status_code == 200
    assert not any(pauses)


async def test_a_name_that_cannot_be_listened_on_is_told_with_the_reason(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near:
        server = StatusServer(app=near.app, metrics=Metrics(), lanes=dict, clock=near.clock)
        # nothing between two dots, so that no name server is asked
        with pytest.raises(ConnectorError, match=r"cannot listen on status\.\.example\.com:0") as caught:
            async with server.serving("status..example.com:0"):
                pass
    assert "not known" in str(caught.value)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_opens_before_the_first_run(status: Open, path: str) -> None:
    assert "<h1" in await status.page(path)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_the_headers_that_bind_browsers(status: Open, path: str) -> None:
    answer = await status.client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe-inline" not in HEADERS["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert not re.search(r"<script(?! src=)|\son\w+=", answer.text)


async def test_what_comes_from_documents_is_escaped(status: Open) -> None:
    status.near.rooms.rename(status.small.section, "<script>alert(1)</script>")
    await status.near.run("full")
    park(status.near)
    for path in ("/documents", f"/documents/ix-{status.small.section}", "/quarantine"):
        page = await status.page(path)
        assert "<script>alert" not in page
        assert "<b>one" not in page


@pytest.mark.parametrize(
    "path", ["/runs/nothing", "/documents/nothing", "/nothing", "/static/nothing", "/static/../site.py"]
)
async def test_what_is_not_there_is_404(status: Open, path: str) -> None:
    assert (await status.client.get(path)).status_code == 404


async def test_what_steers_the_eye_is_taken_out_of_pages(status: Open) -> None:
    status.near.rooms.rename(status.small.section, "\u202efdp.exe\x1b[2J")
    await status.near.run("full")
    park(status.near, title="\u202etxt.\x9b2J")
    for path in ("/documents", f"/documents/ix-{status.small.section}", "/quarantine"):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", await status.page(path))


@pytest.mark.parametrize(
    "path",
    [
        "/documents/%00", "/documents/%ff", "/documents/a%0Ab", "/runs/%00", "/static/%00", "/static/%2e%2e/site.py", "/documents/",
        "/runs/", "//", "/%00", "/documents?q=%00&kind=%ff", "/documents?state=x&source=%F0%9F", "/?target=%00", "/?part=x",
        "/held?page=%00", "/documents/" + "a" * 5_000, "/documents?q=%ED%A0%80&page=99999999", "/runs?page=99999999&target=%ED%B0%80",
        "/documents?q=" + "%22" * 300, "/documents?q=a%22*%20NEAR(", "/documents/%ED%A0%80", "/runs/" + "9" * 400, "/held?page=1e9",
    ],
)  # fmt: skip
async def test_no_odd_path_ends_in_an_error(status: Open, path: str) -> None:
    await status.near.run("full")
    status_line, _ = await raw(status.client.base_url.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status_line.split()[1] in {"200", "400", "404", "414"}, status_line


DEFECTS = {
    "no ledger": b"no ledger at all, whatever it was before" * 200,
    "cut off": b"SQLite format 3\x00",
}


@pytest.mark.parametrize("defect", [*DEFECTS, "of a newer release", "lost", "locked"])
async def test_a_ledger_that_cannot_be_used_is_told_on_every_page(
    status: Open, defect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await status.near.run("full")
    file = Path(file_at(status.near.app()._ledger_url))
    elsewhere = sqlite3.connect(file)
    match defect:
        case "of a newer release":
            elsewhere.execute("UPDATE alembic_version SET version_num = '9999'")
            elsewhere.commit()
        case "lost":
            await asyncio.to_thread(file.unlink)
        case "locked":
            monkeypatch.setattr("connector.ledger.engines.sqlite.BUSY_S", 0.01)
            kept_connections.let_go()
            elsewhere.execute("PRAGMA locking_mode=EXCLUSIVE")
            elsewhere.execute("BEGIN EXCLUSIVE")
        case _:
            await asyncio.to_thread(file.write_bytes, DEFECTS[defect])
    for path in (
        "/",
        "/?part=live",
        "/runs",
        "/runs/x",
        "/documents?q=plan",
        "/documents/ix-1",
        "/held",
        "/quarantine",
    ):
        answer = await status.client.get(path)
        assert answer.status_code in ({200, 404} if defect == "lost" else {503}), f"{path}: {answer.text}"
        assert answer.status_code != 503 or "Search goes on with what it has" in answer.text
        assert "<h1" in answer.text
        assert "bug of the connector" not in answer.text
    for path in ("/health/ready", "/metrics"):
        assert (await status.client.get(path)).status_code in {200, 503}
    elsewhere.close()


async def test_a_bug_is_told_as_one_and_shows_nothing_of_the_inside(
    status: Open, monkeypatch: pytest.MonkeyPatch, servers_work: Broken
) -> None:
    def broken(*_: object, **__: object) -> dict[str, Any]:
        raise KeyError("secret inside")

    monkeypatch.setattr("connector.pages.lists.page_of_runs", broken)
    answer = await status.client.get("/runs")
    assert answer.status_code == 500
    assert "The connector has a bug here" in answer.text
    assert "secret inside" not in answer.text
    assert servers_work.told == ["KeyError: 'secret inside'"]
    servers_work.told.clear()


async def test_what_is_sent_to_a_browser_in_pieces_does_not_wait_for_it(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    made = Connection.connection_made

    def met(self: Connection, transport: Any) -> None:
        told = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        waits.append(told)
        made(self, transport)

    monkeypatch.setattr(Connection, "connection_made", met)
    await status.page("/")
    assert waits == [1]


async def test_pages_hide_every_secret(status: Open) -> None:
    await status.near.run("full")
    texts = [await status.page(path) for path in PAGES] + [(await status.client.get("/metrics")).text]
    for secret in status.near.app().settings.secrets():
        assert all(secret not in text for text in texts)


async def test_links_stay_with_the_chosen_target(status: Open) -> None:
    values = status.near.values
    values.update(
        {
            key.replace("intranet", "other"): value
            for key, value in values.items()
            if key.startswith("targets.")
        }
    )
    values["targets.other.app_id"] = 48
    values["sources.interaxo.target"] = "intranet"
    await status.near.run("full")
    assert 'href="/runs?target=other"' in await status.page("/documents", params={"target": "other"})
    assert "No documents yet" in await status.page("/documents", params={"target": "other"})
    assert "section.txt" in await status.page("/documents", params={"target": "intranet"})
    numbers = await status.page("/metrics")
    assert 'last_good_run_timestamp_seconds{target="other"} 0.0' in numbers


async def test_a_title_that_reads_like_a_command_is_shown_to_the_letter(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMMAND, "sudo connector-ctl")
    title = "connector hide ix-1 now.txt"
    status.near.rooms.rename(status.small.plan, title)
    await status.near.run("full")
    pages = {
        "/documents": "",
        "/documents/duplicates": "",
        f"/documents/ix-{status.small.plan}": "",
        "/held": "",
    }
    for page in pages:
        pages[page] = await status.page(page)
        assert "connector-ctl hide ix-1" not in pages[page], page
    for page in ("/documents", f"/documents/ix-{status.small.plan}"):
        assert html.unescape(pages[page]).count(title) >= 1, page
    found = await status.page("/documents", params={"q": "connector hide ix"})
    assert 'value="connector hide ix"' in html.unescape(found), "what was searched for can be searched again"
    assert f"sudo connector-ctl hide ix-{status.small.plan}" in pages[f"/documents/ix-{status.small.plan}"]


async def test_a_command_names_its_target_where_there_are_several(status: Open) -> None:
    values = status.near.values
    park(status.near)
    await status.near.run("full")
    assert '<code class="command">connector quarantine retry</code>' in await status.page("/quarantine")
    values |= {
        key.replace("intranet", "other"): one for key, one in values.items() if key.startswith("targets.")
    }
    values |= {"targets.other.app_id": 48, "sources.interaxo.target": "intranet", "safety.max_deletes": 0}
    status.near.rooms.remove(status.small.site)
    run = await status.near.run("delta")
    plan = f"ix-{status.small.plan}"
    for page, commands in {
        "/quarantine": [
            "quarantine retry --target intranet</code>",
            "quarantine drop --target intranet</code>",
        ],
        "/held": [
            f"sync --target intranet --approve {run.run_id}",
            f"sync --target intranet --keep {run.run_id}",
        ],
        f"/runs/{run.run_id}": [f"sync --target intranet --approve {run.run_id}"],
        f"/documents/{plan}": [f"hide --target intranet {plan}"],
    }.items():
        told = await status.page(page, params={"target": "intranet"})
        assert all(f"connector {one}" in told for one in commands), page
    assert "connector backfill --target other" in await status.page("/", params={"target": "other"})
    ready = (await status.client.get("/health/ready")).json()["targets"]
    assert ready["other"]["words"].endswith("See: connector runs --target other")
    app = status.near.app()
    assert app.target_of(None, "", run.run_id) == "intranet", "a run is of one target"
    name_target("")  # of a verb that is over: else the commands of later tests name it
    for asked in ((None, "01NONE"), (None,), ("another", run.run_id)):
        with pytest.raises(SettingsError):
            app.target_of(*asked)


def test_pages_count_one_thing_as_one() -> None:
    """`counted` says "1 item", not "1 items"; a noun of many behind a bare number does not."""
    for page in TEMPLATES.glob("*.html"):
        found = re.findall(
            r"\| (?:count|number) \}\} (?:more )?(?!more\b)[a-z]+s\b", page.read_text(encoding="utf-8")
        )
        assert not found, page.name
