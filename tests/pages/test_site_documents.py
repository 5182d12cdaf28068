"""Pages of documents and people: what is found by which words, who may see it and why, and what has no text."""

from __future__ import annotations

import asyncio
import re
import threading

from connector.pages import duplicate_search
from connector.text.reasons import Reason
from tests.pages.open_page import Open, park


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


async def test_a_document_that_was_never_accepted_has_a_page(status: Open) -> None:
    park(status.near)
    page = await status.page("/documents/ix-odd")
    assert "Interact refuses it: the document has no title" in page
    assert "known there as" in page
    links = re.findall(r'href="(/documents/[^"]+)"', await status.page("/quarantine"))
    assert links == ["/documents/ix-odd"]


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
