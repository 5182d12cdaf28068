"""
docs/pictures, taken by a real browser of what the program shows: a search hit and the status page.

Run: `make pictures` (needs Chromium). The demo's rooms are brought into a simulated intranet, edited a few times, and looked at.
"""

from __future__ import annotations

import asyncio
import base64
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connector.app import KINDS, App
from connector.daemon import logs
from connector.pages.server import StatusServer
from connector.plan.item import Mode
from connector.sandbox.run import open_sandbox
from connector.sandbox.sample import Estate, furnish
from connector.settings import check
from connector.status.metrics import Metrics
from tests.pages.browser import Tab, open_tab

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDTH = 1_000
SEARCH = "/search?q=fiskepassasje&as=ase.bjornstad@nordbru.example"


async def take(tab: Tab, address: str, picture: Path, *, most: int) -> None:
    """Take a picture of the top of a page, at most so high."""
    await tab.open(address, width=WIDTH)
    high = await tab.value("Math.ceil(document.body.getBoundingClientRect().height)")
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(high, most), "scale": 1}
    taken = await tab.ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
    await asyncio.to_thread(picture.write_bytes, base64.b64decode(taken["data"]))


async def take_all(into: Path) -> None:
    """Prepare everything, and take the pictures into a folder that is there."""
    estates: list[Estate] = []
    with TemporaryDirectory(prefix="connector-pictures-") as folder:
        async with open_sandbox(lambda world: estates.append(furnish(world))) as near:
            values: dict[str, Any] = {"schedule.timezone": "Europe/Oslo", **near.all_settings()}
            layers = [("the pictures", key.split("."), value) for key, value in values.items()]
            app = App(check(layers, file=Path(folder) / "settings.toml", kinds=KINDS))
            await app.run("intranet", app.options("intranet", Mode.FULL))
            for edit in estates[0].edits():
                edit.perform()
                await app.run("intranet", app.options("intranet", Mode.DELTA))
            server = StatusServer(app=lambda: app, metrics=Metrics(), lanes=dict, clock=time.time)
            async with server.serving("127.0.0.1:0") as page, open_tab(Path(folder) / "profile") as tab:
                await take(tab, near.interact_url + SEARCH, into / "search.png", most=420)
                await take(tab, f"{page}/", into / "status.png", most=780)


if __name__ == "__main__":
    logs.set_up(style="console", secrets=[], level=logs.QUIET)
    PICTURES.mkdir(exist_ok=True)
    asyncio.run(take_all(PICTURES))
