"""What waits for somebody: removals on hold and who decides about them, and documents in quarantine."""

from __future__ import annotations

import re

from connector.ledger.catalogue import Wanted
from connector.pages.lists import MOST_REASONS
from connector.plan.options import Decision
from connector.status.target_status import tell_standing
from tests.pages.open_page import Open, park


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
    *_, one = re.findall(r'href="(/documents/[^"]+)"', page)
    for path in (f"/runs/{report.run_id}", one):
        assert '<a href="/held">On hold</a>' in (await status.page(path)).partition("<h1")[2], path
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
