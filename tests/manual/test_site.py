"""The manual as a site: built without a complaint, whole in itself, searched without a server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.manual.blocks import DOCS, ROOT
from tests.pages.browser import CHROMIUM, open_tab

MKDOCS = ROOT / "build" / "docs" / "bin" / "mkdocs"
LOADED = """
[...document.querySelectorAll("script[src], img, iframe[src], link:not([rel=canonical], [rel=next], [rel=prev])")]
  .map((one) => one.src || one.href)
  .concat(performance.getEntriesByType("resource").map((one) => one.name))
"""
"""What a page is made of, and what else it asked for."""
SEARCH = """
new Promise((found) => {
  const query = document.querySelector("[data-md-component=search-query]");
  const results = document.querySelector("[data-md-component=search-result]");
  new MutationObserver(() => {
    const links = [...results.querySelectorAll("a.md-search-result__link")].map((one) => one.getAttribute("href"));
    if (links.length) found(links);
  }).observe(results, {childList: true, subtree: true});
  query.focus();
  query.value = "WORDS";
  query.dispatchEvent(new KeyboardEvent("keyup", {bubbles: true}));
  query.dispatchEvent(new Event("input", {bubbles: true}));
})
"""
"""Types into the box and waits for the first results."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not MKDOCS.exists():
        pytest.skip("the site is built in an environment of its own: make docs")
    folder = tmp_path_factory.mktemp("site")
    told = subprocess.run(
        [MKDOCS, "build", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert "WARNING" not in told.stderr
    return folder


def test_each_page_becomes_one_of_the_site(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").exists()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [390, 1280])
async def test_it_is_read_and_searched_from_a_folder(site: Path, tmp_path: Path, width: int) -> None:
    async with open_tab(tmp_path) as tab:
        await tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        for page in ("index", "troubleshooting", "reference", "security"):
            await tab.open(f"file://{site / page}.html", width=width)
            loaded = await tab.value(LOADED)
            assert loaded
            assert [one for one in loaded if not one.startswith("file:")] == []
            assert await tab.value("document.documentElement.scrollWidth") <= width
        links = await tab.value(SEARCH.replace("WORDS", "quarantine"))
        assert any("troubleshooting.html" in link or "reference.html" in link for link in links)
        assert tab.complaints == []
