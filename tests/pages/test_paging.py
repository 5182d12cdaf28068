"""Where pages of lists begin: by the place that the service gave out, or by their number; whatever else is said is refused."""

from __future__ import annotations

import re

import pytest

from connector.errors import NoSuchPage
from connector.ledger import waiting
from connector.ledger.catalogue import LAST_PAGE
from connector.pages import paging
from connector.pages.paging import Leaf, Paging
from tests.pages.open_page import Open

LIST = ("/documents", "intranet", "", "interaxo")
OTHERS = [
    ("/held", "intranet", "", "interaxo"),
    ("/documents", "other", "", "interaxo"),
    ("/documents", "intranet", "interaxo", ""),
]


def asked(number: int, after: str = "") -> dict[str, str]:
    return {"page": str(number), "after": after}


def go_to(one: Paging, number: int, *, places: str = "p") -> Leaf:
    """From the first page to another one, each by what the page before says; the third begins at `p3`."""
    leaf = one.turn(LIST, {})
    for at in range(2, number + 1):
        leaf = one.turn(LIST, asked(at, one.links(leaf, f"{places}{at}")["after"]))
    return leaf


def test_one_goes_on_by_places_and_the_way_back_leads_through_the_same() -> None:
    one = Paging()
    leaf = go_to(one, 400)
    assert (leaf.number, leaf.place) == (400, "p400")
    for number in range(399, 1, -1):
        leaf = one.turn(LIST, asked(number, one.links(leaf, "")["before"]))
        assert leaf.place == f"p{number}"
    assert one.links(leaf, "")["before"] == "", "the first begins at the beginning"


def test_who_leafs_through_a_list_leads_nobody_elses_page() -> None:
    one = Paging()
    mine, others = go_to(one, 3, places="mine"), go_to(one, 3, places="others")
    for leaf, place in ((mine, "mine2"), (others, "others2")):
        assert one.turn(LIST, asked(2, one.links(leaf, "")["before"])).place == place
    assert one.turn(LIST, asked(2)).place == "", "a number alone is counted"


@pytest.mark.parametrize("of", OTHERS)
def test_a_place_is_one_of_its_own_list_and_page(of: tuple[str, ...]) -> None:
    one = Paging()
    after = one.links(one.turn(LIST, {}), '[0,"17"]')["after"]
    assert one.turn(LIST, asked(2, after)).place == '[0,"17"]'
    for refused in (
        lambda: one.turn(of, asked(2, after)),
        lambda: one.turn(LIST, asked(3, after)),
        lambda: one.turn(LIST, {"after": after}),
        lambda: Paging().turn(LIST, asked(2, after)),
    ):
        with pytest.raises(NoSuchPage):
            refused()


@pytest.mark.parametrize(
    "after", ["x", "[0,17]", "\x00", "é" * 22, "\ud800", "A" * 22 + '[0,"17"]', "[" * 9_000]
)
def test_what_the_service_did_not_give_out_is_no_place(after: str) -> None:
    one = Paging()
    given = one.links(one.turn(LIST, {}), '[0,"17"]')["after"]
    for odd in (after, given + after, given[: paging.SEAL] + after):
        with pytest.raises(NoSuchPage):
            one.turn(LIST, asked(2, odd))


@pytest.mark.parametrize("said", ["0", "-1", "x", "٣", " 3", "1e9", "9" * 40, str(LAST_PAGE + 1), "99999999"])
def test_what_is_no_number_that_is_counted_is_no_page(said: str) -> None:
    with pytest.raises(NoSuchPage):
        Paging().turn(LIST, {"page": said})


def test_numbers_count_as_far_as_a_list_says() -> None:
    one = Paging()
    for said, number in (("", 1), ("1", 1), ("007", 7), (str(LAST_PAGE), LAST_PAGE)):
        assert one.turn(LIST, {"page": said}) == Leaf(of=LIST, number=number, place="")
    assert one.turn(LIST, {"page": "2000"}, most=2_000).number == 2_000
    leaf = one.turn(LIST, asked(LAST_PAGE))
    beyond = one.turn(LIST, asked(LAST_PAGE + 1, one.links(leaf, "on")["after"]))
    assert (beyond.number, beyond.place) == (LAST_PAGE + 1, "on")
    assert one.links(beyond, "")["before"] == "", "as it was counted on the way there"


def test_of_what_is_forgotten_the_page_before_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "REMEMBERED", 2)
    one = Paging()
    third = go_to(one, 3)
    assert one.links(third, "p4")["before"]
    go_to(one, 5, places="others")
    assert one.links(third, "")["before"] is None
    assert len(one._before) == 2


# -- on pages -------------------------------------------------------------------------------------


async def many(status: Open) -> None:
    for number in range(120):
        status.near.rooms.add_file(status.small.drawings, f"more-{number}.txt", content=b"more")
    await status.near.run("full")


def link(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    assert found
    return found[1].replace("&amp;", "&")


def listed(page: str) -> list[str]:
    return re.findall(r'href="/documents/(ix-[^"?]+)"', page)


async def test_page_two_is_page_two_whatever_somebody_else_asked_for(status: Open) -> None:
    await many(status)
    first = await status.page("/documents?q=more")
    second = await status.page(link(first, "next"))
    third = await status.page(link(second, "next"))
    away = link(third, "prev").replace("page=2", "page=3")
    for odd in (away, "/documents?q=more&page=2&after=%5B1%5D", "/documents?q=more&page=2&after=rubbish"):
        answer = await status.client.get(odd)
        assert answer.status_code == 400
        assert "There is no such page" in answer.text
        assert not listed(answer.text)
        assert listed(
            await status.page(re.findall(r'<a href="([^"]+)">To the first page', answer.text)[0])
        ) == listed(first)
    assert listed(await status.page("/documents?q=more&page=2")) == listed(second)
    assert listed(await status.page(link(third, "prev"))) == listed(second)


NOWHERE = (
    "/documents?page=x", "/documents?page=0", "/documents?page=201", "/runs?page=x", "/runs?page=2001", "/held?page=-1",
    "/held?after=x", "/documents/duplicates?page=11", "/documents/duplicates?after=x&page=2", "/documents?state=gone",
    "/?target=nowhere", "/runs?target=nowhere", "/documents/ix-1?target=nowhere", "/documents?page=x&to=y&path=z",
    "/held?room=r1",
)  # fmt: skip


async def test_an_address_that_says_something_else_is_refused_in_words(status: Open) -> None:
    await status.near.run("full")
    for path in NOWHERE:
        answer = await status.client.get(path)
        assert answer.status_code == 400, path
        assert "There is no such page" in answer.text, path
        (first,) = re.findall(r'<a href="([^"]+)">To the first page', answer.text)
        assert (await status.client.get(first.replace("&amp;", "&"))).status_code in {200, 404}, path


@pytest.mark.parametrize("path", ["/documents", "/documents?q=plan", "/runs"])
async def test_a_page_beyond_the_end_says_so(status: Open, path: str) -> None:
    await status.near.run("full")
    page = await status.page(f"{path}{'&' if '?' in path else '?'}page=9")
    assert "This list ends before page 9" in page
    assert not re.search("No (documents|run here) yet", page)


async def test_what_an_address_chose_is_shown_as_chosen_though_nothing_has_it(status: Open) -> None:
    await status.near.run("full")
    page = await status.page("/documents?source=lost&kind=odd")
    assert "<option selected>lost</option>" in page
    assert "<option selected>odd</option>" in page
    assert "No document fits" in page


async def test_who_leafs_through_what_waits_in_a_room_stays_in_it(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in one that is not among those that are told one by one."""
    await many(status)
    status.near.values["safety.max_deletes"] = 0
    status.near.rooms.remove(status.small.drawings)
    await status.near.run("delta")
    with status.near.app().ledger() as ledger:
        (room,) = ledger.waiting("intranet").rooms()
    monkeypatch.setattr(waiting, "MOST_ROOMS", 0)
    page = await status.page("/held", params={"source": room.source, "room": room.key})
    assert f"Which in {room.key}" in page
    assert re.search(r"[?&]source=interaxo&room=", link(page, "next"))
    assert "Nothing waits there" in await status.page("/held?source=interaxo&room=another")


async def test_a_form_that_names_another_target_changes_nothing(status: Open) -> None:
    key = await status.sign_in()
    answer = await status.client.post(
        "/quarantine?target=nowhere", data={"form_key": key, "action": "drop", "id": ""}
    )
    assert answer.status_code == 400


async def test_who_may_not_read_is_asked_for_the_token_first(status: Open) -> None:
    answer = await status.client.get("/documents?page=x", headers={"X-Forwarded-For": "192.0.2.1"})
    assert answer.status_code == 401
