"""
The status page in a real browser: it renders without complaint, fits a phone, is readable by everybody, and renews itself.

One browser for all of it, and one service with a year's trouble in it; beside that one before its first run.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from connector.canary.stored_state import CanaryState, keep_canary_state
from connector.ledger.on_hold import put_on_hold
from connector.ledger.orders import Order, OrderKind
from connector.pages.server import StatusServer
from connector.plan.item import Mode
from connector.status.metrics import Metrics
from connector.wiring.orders import carry_out
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.pages.browser import CHROMIUM, Tab, open_tab
from tests.status.test_workers import furnish as furnish_workers
from tools import axe

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="no Chromium here (apt-get install chromium): the status page is not looked at in a browser",
    ),
    pytest.mark.asyncio(loop_scope="module"),
]
TOKEN = "a-token-of-tests"
PAGES = [
    "/",
    "/documents",
    "/documents/duplicates",
    "/people",
    "/runs",
    "/held",
    "/quarantine",
    "/exchanges",
    "/workers",
    "/sign-in",
    "/nothing",
]
BEFORE_THE_FIRST_RUN = [
    "/",
    "/documents",
    "/documents/duplicates",
    "/people",
    "/runs",
    "/held",
    "/quarantine",
    "/workers",
]
WHOLE = """
(() => {
  const named = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((e) => !e.labels.length && !e.ariaLabel);
  return [
    document.documentElement.scrollWidth <= innerWidth ? "" : "scrolls sideways",
    document.querySelectorAll("main, header, nav, footer").length >= 4 ? "" : "lacks a landmark",
    document.querySelectorAll("h1").length === 1 ? "" : "has not one h1",
    ...named.map((e) => "no label: " + e.outerHTML),
    ...[...document.querySelectorAll("main a")].filter((e) => !e.textContent.trim() && !e.ariaLabel).map((e) => "no words: " + e.outerHTML),
  ].filter(Boolean);
})()
"""
BESIDE_THE_MARGIN = """
(() => {
  const right = (one) => one.getBoundingClientRect().right;
  const edge = right(document.querySelector(".headline"));
  return [...document.querySelectorAll(".card")].filter((one) => right(one) > edge + 1).length;
})()
"""
AXE = """
axe.run(document, {resultTypes: ["violations"]}).then((found) =>
  found.violations.map((one) => one.id + ": " + one.nodes.map((n) => n.html.slice(0, 160) + " " + n.failureSummary).join(" | ")))
"""
AXE_OF_COLOURS = AXE.replace("{", '{runOnly: ["color-contrast"], ', 1)
"""What may differ where the other rules were asked for the same page in another light."""
TITLES = [
    "A title that nobody would give a document, unless it came out of a system that joins every field it has into one name "
    * 2,
    "Unbrokenlongnameofafilethatsomebodyexportedwithoutasinglespaceinitbecausethetooldidnotlikespaces_2026_final_final_v7.pdf",
    "تقرير السلامة للجسر – النسخة النهائية.pdf",
    "דו״ח בטיחות הגשר.pdf",
    "橋梁安全報告書(最終版).pdf",
    "Отчёт о безопасности моста.pdf",
    "पुल सुरक्षा रिपोर्ट.pdf",
    "<b>5 > 3 & 2 < 4</b>.txt",
]


class Place:
    """Where the pages are."""

    def __init__(self, near: Neighbourhood, small: Small, address: str, empty: str, tab: Tab) -> None:
        self.near, self.small, self.address, self.empty, self.tab = near, small, address, empty, tab

    def pages(self) -> list[str]:
        """The address of every kind of page."""
        with self.near.app().ledger() as ledger:
            runs = [run.id for run in ledger.browse("intranet").runs()]
            person = next(record.address for page in ledger.people("intranet").pages() for record in page)
        document = f"/documents/ix-{self.small.section}"
        more = [
            *(f"/runs/{run}" for run in runs),
            document,
            f"{document}?for={person}",
            "/documents/ix-odd-0",
            f"/documents/ix-{self.small.photo}",
            "/documents?state=hidden",
        ]
        more += [f"/people?q={person}", "/documents?state=without-text", "/documents?q=nothing-at-all"]
        return [f"{self.address}{path}" for path in [*PAGES, *more]] + [
            f"{self.empty}{path}" for path in BEFORE_THE_FIRST_RUN
        ]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("browser")
    small: list[Small] = []
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(
            neighbourhood(folder / "estate", lambda world: small.append(furnish_small(world)))
        )
        empty = await stack.enter_async_context(neighbourhood(folder / "empty"))
        near.values["service.token"] = TOKEN
        await trouble(near, small[0])
        addresses = [
            await stack.enter_async_context(
                StatusServer(app=one.app, metrics=Metrics(), lanes=dict, clock=one.clock).serving(
                    "127.0.0.1:0"
                )
            )
            for one in (near, empty)
        ]
        tab = await stack.enter_async_context(open_tab(folder / "profile"))
        yield Place(near, small[0], addresses[0], addresses[1], tab)


async def trouble(near: Neighbourhood, small: Small) -> None:
    """
    A full run, a braked one, one that was killed; titles of every script, long ones; a quarantine; what a person hid; a search
    test that a stranger found and that cannot be looked for; services that share the ledger.
    """
    near.values["sources.interaxo.content"] = True
    for title in TITLES:
        near.rooms.add_file(small.drawings, title, content=b"%PDF-1.4 broken")
    near.rooms.rename(small.section, TITLES[0])
    await near.run("full")
    near.values["safety.max_deletes"] = 0
    near.rooms.remove(small.drawings)
    await near.run("delta")
    with near.app().ledger() as ledger:
        for number, title in enumerate([*TITLES, "\u00a0\u200b"]):
            ledger.quarantine("intranet").park(
                f"ix-odd-{number}",
                source="interaxo",
                native=f"odd-{number}",
                room="r",
                title=title,
                reason="refused",
                values={"why": "the document has no title that Interact takes" if number % 2 else TITLES[1]},
                version=None,
                now=near.clock(),
            )
        orders, now = ledger.orders("intranet"), near.clock()
        hidden = Order(
            id="O1", target="intranet", kind=OrderKind.HIDE, subject=f"ix-{small.photo}", who="Kari", at=now
        )
        orders.write(hidden)
        furnish_workers(ledger, now)
        put_on_hold(ledger.notes(""), "intranet", now=now)
        keep_canary_state(
            ledger.notes(""),
            "intranet",
            CanaryState(
                trouble=f"The search at {'search.' * 20}example.com does not answer.", trouble_at=now
            ),
        )
    await carry_out(near.app(), "intranet", near.app().options("intranet", Mode.DELTA))
    with near.app().ledger() as ledger:
        runs = ledger.runs("intranet")
        killed = runs.start(mode="delta", dry_run=False, now=near.clock())
        runs.finish(killed.number, outcome="failed", report="", now=near.clock())


async def test_everybody_can_use_every_page_on_phone_and_desk_in_light_and_dark(place: Place) -> None:
    script = axe.FILE.read_text(encoding="utf-8") if axe.there() else ""
    for address in place.pages():
        await place.tab.open(address, width=390)
        if script:
            await place.tab.value(f"{script};0")
        for width, dark in ((390, False), (390, True), (1280, True), (1280, False)):
            await place.tab.show(width=width, dark=dark)
            where = f"{address} at {width}, {'dark' if dark else 'light'}"
            assert await place.tab.value(WHOLE) == [], where
            if script:
                rules = AXE if dark == (width > 1_000) else AXE_OF_COLOURS
                assert await place.tab.value(rules) == [], where
    assert [one for one in place.tab.complaints if "404" not in one] == []


@pytest.mark.skipif(not axe.there(), reason="axe-core is not there (python -m tools.axe, needs npm)")
async def test_axe_finds_what_is_wrong(place: Place) -> None:
    """Else nothing is proven by its silence."""
    await place.tab.open(f"{place.address}/documents", width=390)
    await place.tab.value(f"{axe.FILE.read_text(encoding='utf-8')};0")
    await place.tab.value("document.querySelector('main label').remove()")
    (found,) = await place.tab.value(AXE)
    assert found.startswith("label")


async def test_the_menu_says_on_a_phone_where_one_is(place: Place) -> None:
    for path, label in (
        ("/quarantine", "Quarantine"),
        ("/exchanges", "Exchanges"),
        ("/runs/nothing", "Runs"),
    ):
        await place.tab.open(f"{place.address}{path}", width=390)
        shown = await place.tab.value(
            "(() => { const b = document.querySelector('button.menu'); const r = b.getBoundingClientRect();"
            " return r.right <= innerWidth && r.width > 0 ? b.innerText.trim() : 'outside' })()"
        )
        assert shown.endswith(label)
        assert await place.tab.value("document.querySelector('header').offsetHeight") < 80  # on one line
        assert not await place.tab.value("document.querySelector('#pages').checkVisibility()")
        await place.tab.value("document.querySelector('button.menu').click()")
        assert await place.tab.value("document.querySelector('#pages [aria-current]').checkVisibility()")
    await place.tab.open(f"{place.address}/quarantine", width=1280)
    assert await place.tab.value("document.querySelector('#pages').checkVisibility()")
    assert not await place.tab.value("document.querySelector('button.menu').checkVisibility()")


async def test_nothing_scrolls_sideways_or_is_squeezed_on_the_smallest_phone_with_several_targets(
    place: Place,
) -> None:
    tab, values = place.tab, place.near.values
    before = dict(values)
    other = "another-intranet-of-the-south"
    values.update(
        {key.replace("intranet", other): one for key, one in before.items() if key.startswith("targets.")}
    )
    values.update({f"targets.{other}.app_id": 48, "sources.interaxo.target": "intranet"})
    try:
        for page in ("/", "/documents?state=quarantined", "/held", "/quarantine", "/runs", "/workers"):
            await tab.open(f"{place.address}{page}", width=320)
            assert await tab.value(WHOLE) == [], page
            for part in (".chooser label", ".chooser button", ".menu", ".brand"):
                tall = await tab.value(f"document.querySelector('{part}').getBoundingClientRect().height")
                assert tall < 60, f"{part} of {page} is broken letter by letter"
        await tab.open(f"{place.address}/", width=320)
        assert await tab.value(BESIDE_THE_MARGIN) == 0, "cards end where the headline does"
        await tab.open(f"{place.address}/documents?state=quarantined", width=320)
        assert "· interaxo" not in await tab.value("document.body.innerText"), "of what nobody knows the kind"
    finally:
        values.clear()
        values.update(before)


PARTED = """
(() => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const word of text.data.matchAll(/--[a-z]+|01[0-9A-Z]{24}/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      found.push([word[0], range.getClientRects().length]);
    }
  }
  return found;
})()
"""


async def test_no_word_of_a_command_is_parted_on_a_phone(place: Place) -> None:
    with place.near.app().ledger() as ledger:
        braked = next(run.id for run in ledger.browse("intranet").runs() if run.outcome == "braked")
    for page, told in ((f"/runs/{braked}", {"--approve", "--keep"}), ("/held", {"--approve", "--keep"})):
        for width in (390, 375, 360):
            await place.tab.open(f"{place.address}{page}", width=width)
            words = await place.tab.value(PARTED)
            assert told <= {word for word, _ in words}
            assert [word for word, lines in words if lines > 1] == [], f"{page} at {width}"
    await place.tab.open(f"{place.address}/runs/{braked}", width=390)
    shown = "[...document.querySelectorAll('.reasons .command')].map((e) => [e.textContent, e.firstChild.textContent])"
    assert [
        f"connector sync --approve {braked}.",
        f"connector sync --approve {braked}",
    ] in await place.tab.value(shown), "no line begins with a full stop, and none is copied"


async def test_a_number_behind_a_name_that_is_written_from_the_right_stays_behind_it(place: Place) -> None:
    """Else it counts as the first word of the name, and stands before it."""
    tab = place.tab
    await tab.open(f"{place.address}/held", width=1280)
    await tab.value("document.querySelector('.room h3 a').textContent = 'تقرير السلامة'")
    right, left = await tab.value(
        "[document.querySelector('.room h3 a').getBoundingClientRect().right,"
        " document.querySelector('.room h3 .faint').getBoundingClientRect().left]"
    )
    assert left >= right


BEYOND = """[...document.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.ariaLabel)"""


async def test_no_column_of_a_table_is_beyond_the_edge_of_a_screen(place: Place) -> None:
    """Why a run ended as it did was cut off on a tablet, and on a phone what a worker does."""
    for page in ("/", "/runs", "/workers"):
        await place.tab.open(f"{place.address}{page}", width=320)
        for width in (320, 720, 900, 1000):
            await place.tab.show(width=width, dark=False)
            assert await place.tab.value(BEYOND) == [], f"{page} at {width}"


async def test_the_overview_renews_itself(place: Place) -> None:
    tab = place.tab
    await tab.open(f"{place.address}/", width=1280)
    newest = "document.querySelector('table.stack tbody a').getAttribute('href')"
    before = await tab.value(newest)
    report = await place.near.run("delta")
    changed = f"""new Promise((done) => {{ const look = () => {newest} === {before!r} ? setTimeout(look, 20) : done({newest}); look() }})"""
    assert await tab.value(changed) == f"/runs/{report.run_id}"
    assert await tab.value("stream.readyState") == 1


async def test_a_hidden_tab_listens_to_nothing_and_silence_is_asked_through(place: Place) -> None:
    tab = place.tab
    await tab.open(f"{place.address}/", width=1280)
    await tab.value("rest()")
    assert await tab.value("stream === null")
    await tab.value("listen(); ask()")
    assert await tab.value("stream === null && asking > 0")
    await tab.value("rest()")


async def test_who_is_signed_out_meanwhile_is_asked_to_sign_in_and_not_told_that_nobody_answers(
    place: Place,
) -> None:
    tab = place.tab
    await tab.open(f"{place.address}/", width=1280)
    await tab.value("window.before = true")
    await tab.leave("window.fetch = async () => new Response('', {status: 401}); void refresh()")
    assert await tab.value("window.before") is None, "the page was asked for anew"
    await tab.value("window.fetch = async () => new Response('', {status: 503}); refresh()")
    assert await tab.value("document.body.className") == "cut-off"


async def test_what_somebody_goes_through_by_keys_or_copies_stays_and_what_came_is_shown_right_after(
    place: Place,
) -> None:
    tab = place.tab
    await tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
    tells = "(async () => { window.fetch = async () => new Response('<h1>newer</h1>'); await refresh(); return place.innerText === 'newer' })()"
    shown = "new Promise((done) => { const look = () => place.innerText === 'newer' ? done(true) : setTimeout(look, 20); look() })"
    cut_off = "(async () => { window.fetch = async () => new Response('', {status: 503}); await refresh(); return document.body.className })()"
    for use, leave in (
        ("place.querySelector('a').focus()", "document.activeElement.blur()"),
        ("getSelection().selectAllChildren(place.querySelector('h1'))", "getSelection().removeAllRanges()"),
    ):
        await tab.open(f"{place.address}/", width=1280)
        await tab.value(f"{use}; undefined")
        assert not await tab.value(tells), use
        assert "Something changed" in await tab.value(
            "getComputedStyle(document.querySelector('.headline'), '::after').content"
        )
        assert "cut-off" in await tab.value(cut_off), "that nothing can be read is told all the same"
        await tab.value(f"{leave}; undefined")
        assert await tab.value(shown)
    await tab.open(f"{place.address}/", width=1280)
    x, y = await tab.value(
        "(() => { const r = document.querySelector('.scroll'); r.scrollIntoView(); const b = r.getBoundingClientRect(); return [b.x + 2, b.y + 2] })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        await tab.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    assert await tab.value("place.contains(document.activeElement)")
    assert await tab.value(tells), "a table that was clicked keeps nothing back"


async def test_a_page_is_printed_dark_on_light_whole_and_without_its_menu(place: Place) -> None:
    tab = place.tab
    await tab.open(f"{place.address}/", width=720, dark=True)
    await tab.ask(
        "Emulation.setEmulatedMedia",
        media="print",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    try:
        assert await tab.value("getComputedStyle(document.body).color") == "rgb(28, 37, 40)"
        assert not await tab.value("document.querySelector('#pages').checkVisibility()")
        beyond = (
            "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).length"
        )
        assert await tab.value(beyond) == 0
    finally:
        await tab.ask("Emulation.setEmulatedMedia", media="")


async def test_a_card_is_as_high_as_what_it_tells(place: Place) -> None:
    """Of many sources and two next runs, say."""
    tab = place.tab
    await tab.open(f"{place.address}/", width=1280)
    await tab.value(
        "document.querySelector('.columns li').insertAdjacentHTML('afterend', '<li>one</li>'.repeat(40))"
    )
    many, few = await tab.value(
        "[...document.querySelectorAll('.columns .card')].map((one) => one.getBoundingClientRect().height)"
    )
    assert few < many / 4


async def test_the_page_works_without_script(place: Place) -> None:
    await place.tab.open(f"{place.address}/documents?q=plan", width=1280, script=False)
    assert await place.tab.value("document.body.innerText.includes('plan.pdf')")


async def test_the_content_is_one_key_away(place: Place) -> None:
    await place.tab.open(f"{place.address}/runs", width=1280)
    for kind in ("keyDown", "keyUp"):
        await place.tab.ask(
            "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
        )
    assert await place.tab.value("document.activeElement.getAttribute('href')") == "#content"
    assert await place.tab.value("document.activeElement.getBoundingClientRect().left") >= 0


async def test_somebody_signs_in_and_retries(place: Place) -> None:
    tab = place.tab
    await tab.open(f"{place.address}/sign-in", width=390)
    await tab.value(f"document.querySelector('#token').value = {TOKEN!r}")
    await tab.value("document.querySelector('#name').value = 'Kari'")
    await tab.leave("document.querySelector('main form').requestSubmit()")
    await tab.open(f"{place.address}/quarantine", width=390)
    await tab.leave(
        "[...document.querySelectorAll('main button')].find((b) => b.innerText === 'Retry' && b.ariaLabel.startsWith('Retry: ')).click()"
    )
    text = await tab.value("document.body.innerText")
    assert re.search("1 document: tried again in the next run", text)
    assert "Sign out Kari" in text
    await tab.leave("document.querySelector('footer form').requestSubmit()")


FACETS = """
[...document.querySelectorAll("aside li a")].filter((a) => !a.closest("details:not([open])")).map((a) =>
  [a.closest("ul").previousElementSibling.textContent, a.textContent, +/\\((\\d+)\\)/.exec(a.parentNode.textContent)[1]])
"""
FOUND = "+/\\d+/.exec(document.querySelector('[role=status]').textContent)[0]"
CHIPS = "[...document.querySelectorAll('.chips a')].map((a) => a.textContent.replace(' \u2715', ''))"


async def test_facets_of_a_preview_s_search_page_are_clicked_and_taken_away_again(place: Place) -> None:
    """The page that `connector preview` serves, of all that was loaded: each facet finds as many as it says."""
    tab, base = place.tab, place.near.values["targets.intranet.base_url"]
    complaints = len(tab.complaints)
    await tab.open(f"{base}/search", width=1280)
    everything = await tab.value(FOUND)
    assert everything == len(place.near.found())
    name, value, count = next(one for one in await tab.value(FACETS) if 1 < one[2] < everything)
    await tab.leave(_click("aside li a", value))
    assert (await tab.value(FOUND), await tab.value(CHIPS)) == (count, [f"{name}: {value}"])
    further = [one for one in await tab.value(FACETS) if one[0] != name and one[2] < count]
    second, other, fewer = further[0]
    await tab.leave(_click("aside li a", other))
    assert await tab.value(FOUND) == fewer
    assert await tab.value(CHIPS) == [f"{name}: {value}", f"{second}: {other}"]
    await tab.leave(_click(".chips a", f"{name}: {value} \u2715"))
    assert await tab.value(CHIPS) == [f"{second}: {other}"]
    await tab.leave(_click(".chips a", f"{second}: {other} \u2715"))
    assert (await tab.value(FOUND), await tab.value("document.querySelector('.chips')")) == (everything, None)
    await tab.value("document.querySelector('aside summary').click()")
    last, more, few = (await tab.value(FACETS))[-1]
    await tab.leave(_click("aside details li a", more))
    assert (await tab.value(FOUND), await tab.value(CHIPS)) == (few, [f"{last}: {more}"])
    await tab.value("document.querySelector('#q').value = 'no such words'")
    await tab.leave("document.querySelector('form button').click()")
    assert (await tab.value(FOUND), await tab.value(CHIPS)) == (0, [f"{last}: {more}"]), "a search keeps them"
    assert tab.complaints[complaints:] == []


def _click(where: str, words: str) -> str:
    return f"[...document.querySelectorAll({where!r})].find((a) => a.textContent === {words!r}).click()"
