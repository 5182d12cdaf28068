"""Drives a headless Chromium over its DevTools protocol: just what the tests of the status page need."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Tab:
    """One page in the browser; remembers what the browser complained about."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self._wire = wire
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        self._loaded = 0

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        number = next(self._numbers)
        await self._wire.send_json({"id": number, "method": method, "params": params})
        while True:
            told = await self._hear()
            if told.get("id") == number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result

    async def open(self, address: str, *, width: int, dark: bool = False, script: bool = True) -> None:
        """Go to a page, on a screen of some width, and wait until it is loaded."""
        await self.ask("Page.enable")
        await self.ask("Log.enable")
        await self.ask("Runtime.enable")
        await self.ask("Emulation.setScriptExecutionDisabled", value=not script)
        await self.show(width=width, dark=dark)
        before = self._loaded
        await self.ask("Page.navigate", url=address)
        while self._loaded == before:
            await self._hear()

    async def show(self, *, width: int, dark: bool) -> None:
        """Make the screen so wide, and light or dark."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=850,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.ask("Emulation.setEmulatedMedia", features=scheme)

    async def leave(self, expression: str) -> None:
        """Do something on the page that leads to another one, and wait until that is loaded."""
        before = self._loaded
        await self.value(expression)
        while self._loaded == before:
            await self._hear()

    async def value(self, expression: str) -> Any:
        """What an expression is on the page."""
        told = await self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def _hear(self) -> dict[str, Any]:
        told: dict[str, Any] = await self._wire.receive_json(timeout=30)
        match told.get("method"):
            case "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["params"]["exceptionDetails"]))
            case "Page.loadEventFired":
                self._loaded += 1
        return told


@asynccontextmanager
async def open_tab(profile: Path) -> AsyncIterator[Tab]:
    """Start a browser with one empty page; it ends with the block."""
    assert CHROMIUM
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stderr
        async with asyncio.timeout(60):
            line = b""
            while b"DevTools listening on " not in line:
                line = await process.stderr.readline()
        host = line.decode().split("ws://")[1].split("/")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{host}/json") as answer:
                pages = await answer.json()
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as wire:
                yield Tab(wire)
    finally:
        process.terminate()
        await process.communicate()
