"""The status page over HTTP: what it shows."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.canary.stored_state import CanaryState, Lag, keep_canary_state
from connector.errors import SettingsError
from connector.ledger.catalogue import Wanted
from connector.ledger.database import file_at
from connector.ledger.on_hold import put_on_hold
from connector.machine.lock import only_here
from connector.machine.verbs import name_target
from connector.notify.events import What
from connector.notify.stored_state import NotifyState, Told, keep_notify_state
from connector.plan.options import Decision
from connector.status import duplicate_search
from connector.status.access import HEADERS
from connector.status.connections import Connection
from connector.status.metrics import Metrics
from connector.status.rendering import TEMPLATES
from connector.status.server import StatusServer
from connector.status.target_status import tell_standing
from connector.status.views import MOST_REASONS
from connector.text.reasons import Reason
from tests.ledger_pushes import make_push, push
from tests.neighbourhood import neighbourhood
from tests.patience import IN_VAIN_S
from tests.status.open_page import PAGES, Open, park, raw
from tests.status.test_workers import furnish


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


# -- what it shows --------------------------------------------------------------------------------


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


async def test_the_overview_tells_how_things_stand(status: Open) -> None:
    assert "Nothing has been synchronised yet" in await status.page("/")
    report = await status.near.run("full")
    page = await status.page("/")
    assert "Everything is up to date" in page
    assert f"/runs/{report.run_id}" in page
    assert "<svg" in page
    status.near.clock.pass_seconds(30 * 3_600)
    assert "Search is not up to date" in await status.page("/")


async def test_the_overview_tells_of_a_run_under_way(status: Open) -> None:
    with status.near.app().ledger() as ledger:
        ledger.runs("intranet").take_lease(now=status.near.clock())
        ledger.runs("intranet").start(mode="full", dry_run=False, now=status.near.clock())
    with only_here("a run"):
        assert "A full run is under way" in await status.page("/")


async def test_the_overview_tells_what_was_told_last_what_failed_and_what_search_finds(status: Open) -> None:
    with status.near.app().ledger() as ledger:
        run, now = ledger.browse("intranet").last_number(), status.near.clock()
        last = Told(what=What.BRAKED, run_id="01R", by="mail", at=now - 3_600)
        state = NotifyState(
            number=run, trouble={"webhook": "The webhook answered 404"}, trouble_at=now, last=last
        )
        keep_notify_state(ledger.notes(""), "intranet", state)
        lags = [Lag(at=now, seconds=240.0, at_least=200.0)]
        keep_canary_state(ledger.notes(""), "intranet", CanaryState(key="k", number=run, lags=lags))
    page = await status.page("/")
    for words in (
        "A run waits for your decision</strong>, told by mail",
        "Not everybody was told by webhook",
        "answered 404",
        "Sent to found",
        "4 minutes",
    ):
        assert words in page
    with status.near.app().ledger() as ledger:
        put_on_hold(ledger.notes(""), "intranet", now=now)
    assert "A stranger finds what is not for her" in await status.page("/")


async def test_who_works_has_a_page(status: Open) -> None:
    assert "One service alone works" in await status.page("/workers")
    with status.near.app().ledger() as ledger:
        furnish(ledger, status.near.clock())
        ledger.runs("intranet").take_lease(now=status.near.clock())
        run = ledger.runs("intranet").start(mode="full", dry_run=False, now=status.near.clock())
    page = await status.page("/workers")
    for words in ("alfa", "fell silent", "delta run of intranet", "3 runs in the queue", run.id, "from beta"):
        assert words in page


async def test_one_run_is_told_in_full(status: Open) -> None:
    report = await status.near.run("full")
    page = await status.page(f"/runs/{report.run_id}")
    assert "read to the end" in page
    assert "session was ended" in page


async def test_documents_are_found_by_title_id_kind_and_state(status: Open) -> None:
    await status.near.run("full")
    assert "section.txt" in await status.page("/documents", params={"q": "SECTION"})
    assert "section.txt" in await status.page("/documents", params={"q": status.small.section})
    assert "plan.pdf" not in await status.page("/documents", params={"q": "section"})
    assert "plan.pdf" not in await status.page("/documents", params={"kind": "folder"})
    assert "No document fits" in await status.page("/documents", params={"state": "held"})
    assert "No document fits" in await status.page("/documents", params={"q": "100%"})


async def test_what_has_no_text_is_told_by_format_and_by_reason_with_what_can_be_done(status: Open) -> None:
    status.near.values["sources.interaxo.content"] = True
    await status.near.run("full")
    page = await status.page("/")
    assert "Files by format" in page
    assert "/documents?state=without-text&amp;format=pdf" in page
    assert Reason.BROKEN.remedy in page
    for asked in (
        {"state": "without-text"},
        {"state": "without-text", "reason": "broken"},
        {"reason": "broken"},
    ):
        page = await status.page("/documents", params=asked)
        assert "plan.pdf" in page
        assert "without text: broken" in page
        assert ("photo.jpg" in page) == ("reason" not in asked)
    assert Reason.BROKEN.remedy in await status.page("/documents", params={"state": "without-text"})
    assert Reason.BROKEN.sentence in await status.page(f"/documents/ix-{status.small.plan}")
    listed = await status.page("/documents", params={"format": "PDF"})
    assert "plan.pdf" in listed
    assert "section.txt" not in listed


async def test_files_in_several_places_have_a_page_and_their_number_a_place_beside_the_documents(
    status: Open,
) -> None:
    status.near.values["sources.interaxo.content"] = True
    status.near.rooms.add_file(status.small.tunnel, "again.txt", content=b"a section")
    await status.near.run("full")
    listed = await status.page("/documents")
    assert ">Files in several places</a></p>" in listed

    async def found() -> str:
        await status.page("/documents/duplicates")
        for one in threading.enumerate():
            if one.name == duplicate_search.NAME:
                await asyncio.to_thread(one.join)
        return await status.page("/documents/duplicates")

    assert "They are looked for now" in await status.page("/documents/duplicates")
    page = await found()
    assert "looked for" not in page
    assert "1 file</strong> in several places, 2 documents together" in page
    assert "section.txt" in page
    assert "again.txt" in page
    assert "Files in several places</a>: 1, counted" in await status.page("/documents")
    assert "No file stands" in await status.page(
        "/documents/duplicates", params={"room": "example-corp/none"}
    )
    status.near.rooms.add_file(status.small.tunnel, "third.txt", content=b"a section")
    await status.near.run("full")
    page = await status.page("/documents/duplicates")
    assert "looked for again" in page
    assert "2 documents together" in page
    assert "3 documents together" in await found()


async def test_the_overview_and_the_metrics_tell_of_the_last_comparison_with_the_intranet(
    status: Open,
) -> None:
    name = 'interact_connector_not_as_noted{target="intranet"}'
    await status.near.run("full")
    assert "Not as the ledger says" not in await status.page("/")
    assert name not in await status.page("/metrics")
    del status.near.intranet.documents[f"ix-{status.small.section}"]
    told = await status.near.app().verify("intranet", sample=None)
    page = " ".join((await status.page("/")).split())
    assert f"<dd>1<small>of {told.asked} looked for in the intranet" in page
    assert f"{name} 1.0" in await status.page("/metrics")


async def test_one_document_says_who_may_see_it(status: Open) -> None:
    await status.near.run("full")
    page = await status.page(f"/documents/ix-{status.small.section}")
    assert "Who may see it" in page
    assert "interaxo:group:example-corp/all" in page


async def test_the_page_of_a_document_says_why_somebody_finds_it(status: Open) -> None:
    await status.near.run("full")
    path = f"/documents/ix-{status.small.section}"
    with status.near.app().ledger() as ledger:
        address = next(record.address for page in ledger.people("intranet").pages() for record in page)
    page = await status.page(path, params={"for": address})
    assert "finds it" in page
    assert "Through interaxo:group:example-corp/all" in page
    page = await status.page(path, params={"for": "nobody@example.com"})
    assert "does not find it" in page
    assert "no source names this person" in page


async def test_the_page_of_a_person_says_where_something_is_found_and_by_which_groups(status: Open) -> None:
    await status.near.run("full")
    with status.near.app().ledger() as ledger:
        address = next(record.address for page in ledger.people("intranet").pages() for record in page)
    for words in (address, address.upper(), "interaxo:group:example-corp/all"):
        page = await status.page("/people", params={"q": words})
        assert "by interaxo:group:example-corp/all" in page
        assert "/documents?room=" in page
    assert "No source names a person" in await status.page("/people", params={"q": "nobody@example.com"})
    found = re.search(r'href="(/documents\?room=[^"]+)"', page)
    assert found
    assert "plan.pdf" in await status.page(found[1].replace("&amp;", "&"))


async def test_what_comes_from_documents_is_escaped(status: Open) -> None:
    status.near.rooms.rename(status.small.section, "<script>alert(1)</script>")
    await status.near.run("full")
    park(status.near)
    for path in ("/documents", f"/documents/ix-{status.small.section}", "/quarantine"):
        page = await status.page(path)
        assert "<script>alert" not in page
        assert "<b>one" not in page


async def test_held_removals_come_with_the_command_that_approves_them(status: Open) -> None:
    await status.near.run("full")
    status.near.values["safety.max_deletes"] = 0
    status.near.rooms.remove(status.small.site)
    report = await status.near.run("delta")
    assert report.outcome == "braked"
    page = await status.page("/held")
    assert f"connector sync --approve {report.run_id}" in page
    assert f"connector sync --keep {report.run_id}" in page
    assert "Site" in page
    overview = await status.page("/")
    assert "for your decision" in overview
    assert 'href="/held">Look at them and decide' in overview


async def test_what_a_person_decided_to_keep_is_said_to_be_kept(status: Open) -> None:
    await status.near.run("full")
    status.near.values["safety.max_deletes"] = 0
    status.near.rooms.remove(status.small.site)
    braked = await status.near.run("delta")
    page = f"/documents/ix-{status.small.site}"
    assert "stays as it is until you decide" in await status.page(page)
    report = await status.near.run("delta", keep=braked.run_id)
    assert [one.reason.rpartition("; ")[2] for one in report.held] == ["kept by a person's decision"]
    told = (await status.page(page)).replace("&#39;", "'")
    assert "stays as it is, as a person decided" in told
    assert "kept by a person's decision" in told
    app = status.near.app()
    with app.ledger() as ledger:
        counts = tell_standing(ledger, "intranet")["documents"]
        (row,) = ledger.catalogue("intranet").page(Wanted(state="held")).rows
    assert (counts["held"], counts["kept"], row.kept) == (1, 1, True)
    assert "besides 1 kept by decision" in await status.page("/"), "as connector status counts it"
    held = await status.page("/held")
    assert "Nothing waits for your decision" in held
    assert "1 document stays as it is, as a person decided" in held


async def test_what_is_held_is_told_by_room_and_folder_with_counts_of_all(status: Open) -> None:
    for number in range(55):
        status.near.rooms.add_file(status.small.drawings, f"more-{number}.txt", content=b"more")
    await status.near.run("full")
    status.near.values["safety.max_deletes"] = 0
    status.near.rooms.remove(status.small.drawings)
    report = await status.near.run("delta")
    page = " ".join(re.sub("<[^>]+>", " ", await status.page("/held")).split())
    total = len(report.held)
    assert total > 55
    assert f"{total} wait for your decision" in page
    assert f"{total - 1} Drawings with all that is below it" in page
    with status.near.app().ledger() as ledger:
        waiting = ledger.waiting("intranet")
        (room,) = waiting.rooms()
        assert room.count == total == sum(one.count for one in waiting.folders(room.source, room.key))
        assert sum(one.count for one in waiting.counts()) == total
        first, following = waiting.rows()
        rest, end = waiting.rows(after=following)
        assert len({one.id for one in [*first, *rest]}) == total == len(first) + len(rest)
        assert (rest, end) == waiting.rows(page=2) == waiting.rows(page=2, source=room.source, room=room.key)
        assert waiting.rows(source=room.source, room="another") == ([], "")
        assert waiting.rows(page=3) == ([], "")
    pages = [
        await status.page("/held", params={"source": room.source, "room": room.key, "page": n})
        for n in (1, 2)
    ]
    assert sum(text.count("/documents/ix-") for text in pages) >= total


async def test_what_is_held_is_decided_by_whoever_signed_in(status: Open) -> None:
    await status.near.run("full")
    status.near.values["safety.max_deletes"] = 0
    status.near.rooms.remove(status.small.site)
    report = await status.near.run("delta")
    form = {"action": "approve", "run": report.run_id}
    assert (await status.client.post("/held", data=form)).status_code == 403
    key = await status.sign_in(name="Kari \u202eOlsen")
    assert "Approve " in await status.page("/held")
    assert (await status.client.post("/held", data={**form, "form_key": "guess"})).status_code == 403
    assert (await status.client.post("/held", data={**form, "run": "x", "form_key": key})).status_code == 303
    assert "Nothing of that run waits any more" in await status.page("/held")
    assert (
        await status.client.post("/held", data={**form, "action": "x", "form_key": key})
    ).status_code == 400
    assert status.decided.taken == []
    assert (await status.client.post("/held", data={**form, "form_key": key})).status_code == 303
    assert status.decided.taken == [Decision(approve=report.run_id, by="Kari Olsen")]
    page = await status.page("/held")
    assert "Approved by Kari Olsen: the next run carries it out" in page
    assert ("Approve " in page, "Keep " in page, "That is decided already" in page) == (False, False, True)
    assert (
        await status.client.post("/held", data={**form, "action": "keep", "form_key": key})
    ).status_code == 303
    assert len(status.decided.taken) == 1, "the other way round is not decided behind it"
    assert "about that run it was decided before" in await status.page("/held")


@pytest.mark.parametrize(
    "path", ["/runs/nothing", "/documents/nothing", "/nothing", "/static/nothing", "/static/../site.py"]
)
async def test_what_is_not_there_is_404(status: Open, path: str) -> None:
    assert (await status.client.get(path)).status_code == 404


async def test_a_document_that_was_never_accepted_has_a_page(status: Open) -> None:
    park(status.near)
    page = await status.page("/documents/ix-odd")
    assert "Interact refuses it: the document has no title" in page
    assert "known there as" in page
    links = re.findall(r'href="(/documents/[^"]+)"', await status.page("/quarantine"))
    assert links == ["/documents/ix-odd"]


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


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "killed", None])
async def test_a_run_that_left_no_report_has_a_page(status: Open, outcome: str | None) -> None:
    with status.near.app().ledger() as ledger:
        runs = ledger.runs("intranet")
        run = runs.start(mode="full", dry_run=False, now=status.near.clock())
        if outcome:
            runs.finish(run.number, outcome=outcome, report="", now=status.near.clock())
        found = runs.recent(1)[0]
    assert "Full run" in await status.page(f"/runs/{found.id}")
    for path in PAGES:
        await status.page(path)


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
        assert "<h1" in answer.text
        assert "bug of the connector" not in answer.text
    for path in ("/health/ready", "/metrics"):
        assert (await status.client.get(path)).status_code in {200, 503}
    elsewhere.close()


async def test_a_bug_is_told_as_one_and_shows_nothing_of_the_inside(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, Any]:
        raise KeyError("secret inside")

    monkeypatch.setattr("connector.status.views.tell_runs", broken)
    answer = await status.client.get("/runs")
    assert answer.status_code == 500
    assert "The connector has a bug here" in answer.text
    assert "secret inside" not in answer.text


async def test_reports_of_other_releases_have_a_page(status: Open) -> None:
    for report in ("{", "[]", '{"mode": "full"}', '{"sources": {"x": {}}, "people": {}, "held": []}'):
        with status.near.app().ledger() as ledger:
            runs = ledger.runs("intranet")
            run = runs.start(mode="full", dry_run=False, now=status.near.clock())
            runs.finish(run.number, outcome="withheld", report=report, now=status.near.clock())
        assert "Full run" in await status.page(f"/runs/{run.id}")
    await status.page("/")
    await status.page("/runs")


async def test_what_one_reason_keeps_in_quarantine_stands_together(status: Open) -> None:
    for number in range(60):
        park(status.near, f"ix-{number}", f"Number {number}")
    page = await status.page("/quarantine")
    assert page.count("Interact refuses it: the document has no title") == 1
    assert "60 documents" in page
    assert "and 10 more" in page
    assert "next try next run" not in page


async def test_no_page_of_the_quarantine_is_longer_than_its_most_frequent_reasons(status: Open) -> None:
    with status.near.app().ledger() as ledger:
        for number in range(MOST_REASONS + 3):
            ledger.quarantine("intranet").park(
                f"ix-{number}", source="interaxo", native="odd", room="r", title=f"Number {number}",
                reason="refused", values={"why": f"code {number:02}"}, version=None, now=status.near.clock(),
            )  # fmt: skip
    page = await status.page("/quarantine")
    assert page.count("Interact refuses it: code") == MOST_REASONS
    assert "and 3 documents for other reasons" in page


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


async def test_the_overview_tells_that_settings_were_refused(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near:
        server = StatusServer(
            app=near.app,
            metrics=Metrics(),
            lanes=dict,
            clock=near.clock,
            refused=lambda: "schedule.delta: odd",
        )
        async with (
            server.serving("127.0.0.1:0") as address,
            httpx.AsyncClient(verify=False, base_url=address, timeout=IN_VAIN_S) as client,
        ):
            page = (await client.get("/")).text
    assert "The settings were refused" in page
    assert "schedule.delta: odd" in page


async def test_the_overview_counts_what_a_run_under_way_has_sent(status: Open) -> None:
    await status.near.run("full")

    async def live() -> int:
        found = re.search(r'href="/documents">(\d+)<', await status.page("/?part=live"))
        assert found
        return int(found[1])

    before = await live()
    with status.near.app().ledger() as ledger:
        ledger.runs("intranet").start(mode="delta", dry_run=False, now=status.near.clock())
        push(ledger.documents("intranet"), make_push("ix-new"), now=status.near.clock())
    assert await live() == before + 1
    numbers = (await status.client.get("/metrics")).text
    assert f'documents_now{{state="live",target="intranet"}} {before + 1}.0' in numbers


async def test_one_leafs_back_through_documents_as_one_came(status: Open) -> None:
    for number in range(120):
        status.near.rooms.add_file(status.small.drawings, f"more-{number}.txt", content=b"more")
    await status.near.run("full")
    seen, path = [], "/documents?q=more"
    for _ in range(3):
        page = await status.page(path)
        seen.append(re.findall(r'href="/documents/(ix-[^"?]+)"', page))
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert [len(one) for one in seen] == [50, 50, 20]
    before = re.search(r'href="([^"]+)" rel="prev"', page)
    assert before
    page = await status.page(before[1].replace("&amp;", "&"))
    assert re.findall(r'href="/documents/(ix-[^"?]+)"', page) == seen[1]
    assert "Page 2" in page


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


async def test_a_command_names_its_target_where_there_are_several(status: Open) -> None:
    values = status.near.values
    park(status.near)
    await status.near.run("full")
    assert "connector quarantine retry [ID]" in await status.page("/quarantine")
    values |= {
        key.replace("intranet", "other"): one for key, one in values.items() if key.startswith("targets.")
    }
    values |= {"targets.other.app_id": 48, "sources.interaxo.target": "intranet", "safety.max_deletes": 0}
    status.near.rooms.remove(status.small.site)
    run = await status.near.run("delta")
    plan = f"ix-{status.small.plan}"
    for page, commands in {
        "/quarantine": ["quarantine retry --target intranet [ID]", "quarantine drop --target intranet [ID]"],
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


# -- numbers --------------------------------------------------------------------------------------


async def test_runs_by_hand_are_counted_too(status: Open) -> None:
    await status.near.run("full")
    status.near.rooms.add_file(status.small.drawings, "more.txt", content=b"more")
    await status.near.run("delta")
    numbers = await status.page("/metrics")
    assert 'interact_connector_documents_total{change="added",target="intranet"} ' in numbers
    assert (
        f'interact_connector_documents_now{{state="live",target="intranet"}} {len(status.near.found())}.0'
        in numbers
    )


async def test_freshness_is_from_the_change_to_the_intranet(status: Open) -> None:
    status.near.clock.now = _world_now(status)
    await status.near.run("full")
    status.near.rooms.add_file(status.small.drawings, "more.txt", content=b"more")
    status.near.clock.now = _world_now(status) + 90
    await status.near.run("delta")
    with status.near.app().ledger() as ledger:
        fresh = ledger.browse("intranet").freshness(now=status.near.clock(), sources={"interaxo"})
    assert fresh.measured >= 1
    assert fresh.median_s == pytest.approx(90, abs=60)


async def test_the_oldest_waiting_change_has_an_age(status: Open) -> None:
    await status.near.run("full")
    park(status.near)
    status.near.clock.pass_seconds(500)
    numbers = await status.page("/metrics")
    found = re.search(r'oldest_waiting_change_seconds\{target="intranet"\} (\S+)', numbers)
    assert found
    assert float(found[1]) == pytest.approx(500, abs=5)
    assert 'interact_connector_quarantine{reason="refused",target="intranet"} 1.0' in numbers


def _world_now(status: Open) -> float:
    """The clock of the rooms: what their items' times are told by."""
    return status.near.rooms.clock().timestamp()
