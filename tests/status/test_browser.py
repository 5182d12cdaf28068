"""The status page in a real browser: it renders without complaint, fits a phone, is readable, and renews itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.status.metrics import Metrics
from connector.status.server import StatusServer
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.status.browser import CHROMIUM, Tab, open_tab

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium here (apt-get install chromium): the status page is not looked at in a browser",
)
PAGES = ["/", "/documents", "/runs", "/held", "/quarantine", "/exchanges", "/sign-in"]
FAINTEST = """
(() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 };
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b) };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$|transparent/.test(c)) return c } return "rgb(255, 255, 255)" };
  let worst = [99, ""];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest("svg, option, script, style") || !e.getClientRects().length) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 120)];
  }
  return worst;
})()
"""
"""The lowest contrast of any text with what is behind it (WCAG 2.2, 1.4.3), and where."""
UNNAMED = """
[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.outerHTML)
"""


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(tmp_path / "estate", furnish_small) as one:
        await one.run("full")
        await one.run("delta")
        one.values["service.token"] = "a-token-of-tests"
        yield one


@pytest.fixture
async def address(near: Neighbourhood) -> AsyncIterator[str]:
    server = StatusServer(app=near.app, metrics=Metrics(), lanes=dict, clock=near.clock)
    async with server.serving("127.0.0.1:0") as served:
        yield served


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    async with open_tab(tmp_path / "profile") as one:
        yield one


async def test_pages_fit_phone_and_desk_in_light_and_dark(address: str, tab: Tab) -> None:
    for path in PAGES:
        for width, dark in ((360, False), (360, True), (1280, True), (1280, False)):
            await tab.open(f"{address}{path}", width=width, dark=dark)
            where = f"{path} at {width}, {'dark' if dark else 'light'}"
            assert await tab.value("document.documentElement.scrollWidth") <= width, (
                f"{where} scrolls sideways"
            )
            contrast, element = await tab.value(FAINTEST)
            assert contrast >= 4.5, f"{where}: contrast {contrast:.2f} of {element}"
            assert await tab.value("document.querySelectorAll('main, header, nav, footer').length") >= 4, (
                where
            )
            assert await tab.value("document.querySelectorAll('h1').length") == 1, where
            assert await tab.value(UNNAMED) == [], where
    assert tab.complaints == []


async def test_the_overview_renews_itself(address: str, tab: Tab, near: Neighbourhood) -> None:
    await tab.open(f"{address}/", width=1280)
    assert await tab.value("document.querySelectorAll('tbody tr').length") == 2
    await near.run("delta")
    assert await tab.value("refresh().then(() => document.querySelectorAll('tbody tr').length)") == 3
    assert tab.complaints == []


async def test_the_page_works_without_script(address: str, tab: Tab) -> None:
    await tab.open(f"{address}/documents?q=plan", width=1280, script=False)
    assert await tab.value("document.body.innerText.includes('plan.pdf')")
    assert tab.complaints == []


async def test_the_content_is_one_key_away(address: str, tab: Tab) -> None:
    await tab.open(f"{address}/", width=1280)
    for kind in ("keyDown", "keyUp"):
        await tab.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert await tab.value("document.activeElement.getAttribute('href')") == "#content"
    assert await tab.value("document.activeElement.getBoundingClientRect().left") >= 0


async def test_somebody_signs_in_and_drops_a_retry(address: str, tab: Tab, near: Neighbourhood) -> None:
    with near.app().ledger() as ledger:
        ledger.quarantine("intranet").park(
            "ix-odd",
            source="interaxo",
            native="odd",
            room="r",
            title="Odd one",
            reason="refused",
            message="the document has no title",
            version=None,
            now=near.clock(),
        )
    await tab.open(f"{address}/sign-in", width=360)
    await tab.value("document.querySelector('#token').value = 'a-token-of-tests'")
    await tab.leave("document.querySelector('main form').requestSubmit()")
    await tab.open(f"{address}/quarantine", width=360)
    await tab.leave(
        "[...document.querySelectorAll('button')].find((b) => b.innerText === 'Drop the retry').click()"
    )
    assert await tab.value("document.body.innerText.includes('Nothing is in quarantine')")
