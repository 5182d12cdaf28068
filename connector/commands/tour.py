"""
`connector demo` and `connector sandbox`: the real connector between simulated neighbours over real HTTP.

The neighbours know nothing of the connector; the connector is made of settings as always.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import shlex
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from connector.app import KINDS, App
from connector.document.counting import Number
from connector.document.states import Outcome
from connector.errors import ConnectorError, SettingsError
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.sandbox.interact import InteractWorld
from connector.sandbox.run import Neighbours, Ports, open_sandbox
from connector.sandbox.sample import DemoSearch, Estate, furnish
from connector.settings import check

ENDING = signal.SIGTERM, signal.SIGHUP


class Say(Protocol):
    """Tells a person one line, which may begin in bold."""

    def __call__(self, words: str, *, bold: str = "") -> object:
        """Say it."""


async def show(*, once: bool, say: Say) -> dict[str, Any]:
    """
    Give the tour: full run, searches, edits, delta run, searches again; then serve the search page unless `once`.

    Returns:
        {"ok": bool, "runs": [reports], "searches": [...]}: ok when every search came out as foretold.
    """
    started = time.monotonic()
    estates: list[Estate] = []
    with TemporaryDirectory(prefix="connector-demo-") as folder:
        async with open_sandbox(lambda world: estates.append(furnish(world))) as neighbours:
            estate = estates[0]
            app = _app(neighbours, Path(folder), office=True)
            who, systems = estate.begins
            say(systems, bold=who)
            say(" brings them into the intranet's search", bold="1. A full run")
            full = await _run(app, Mode.FULL)
            _tell_run(full, say)
            searches = estate.tour
            before = _search(neighbours.interact, searches, after=False)
            _tell_searches(before, say)
            say("", bold="\n2. People go on working in the rooms")
            for edit in [
                *estate.edits(),
                *estate.library_edits(neighbours.library, neighbours.library_folder),
            ]:
                edit.perform()
                say(f"  - {edit.words}")
            say(" pushes just that", bold="\n3. A delta run")
            delta = await _run(app, Mode.DELTA)
            _tell_run(delta, say)
            after = _search(neighbours.interact, searches, after=True)
            _tell_searches(after, say)
            say(" finds nothing to do", bold="\n4. Another delta run")
            idle = await _run(app, Mode.DELTA)
            _tell_run(idle, say)
            ok = all(one["as_foretold"] for one in [*before, *after]) and all(
                report.outcome == Outcome.SUCCEEDED for report in (full, delta, idle)
            )
            say(
                f"\nDone in {time.monotonic() - started:.0f} s."
                + ("" if ok else " NOT everything was as expected.")
            )
            if not once:
                say(f"Search for yourself: {neighbours.interact_url}/search   (Ctrl-C ends it)")
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
    return {"ok": ok, "runs": [one.as_json() for one in (full, delta, idle)], "searches": [*before, *after]}


async def serve_sandbox(
    rooms: dict[str, Path],
    *,
    sample: bool,
    ports: Ports,
    write_settings: Path | None,
    announce: Callable[[dict[str, Any]], None],
) -> None:
    """
    Serve the sandbox until it is told to end, or cancelled.

    Raises:
        ConnectorError: a port is taken, or not for us.
    """
    opened = open_sandbox(furnish if sample else None, rooms, ports=ports)
    async with contextlib.AsyncExitStack() as stack:
        told = stack.enter_context(_told_to_end())
        try:
            neighbours = await stack.enter_async_context(opened)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            named = [str(one) for one in ports if one]
            it = "it" if len(named) == 1 else "one of them"
            why = (
                f"another program uses {it}"
                if error.errno == errno.EADDRINUSE
                else f"this user may not use {it}"
            )
            raise ConnectorError(
                f"The simulated systems cannot listen on {', '.join(named)}: {why}. "
                f"Name other ports with {', '.join(f'--port-{name}' for name in ports._fields)}; 0 takes any free one."
            ) from error
        words = neighbours.describe()
        if write_settings is not None:
            text = settings_text(neighbours, office=sample)
            try:
                await asyncio.to_thread(write_settings.write_text, text, encoding="utf-8")
            except OSError as error:
                raise ConnectorError(f"{write_settings} cannot be written: {error.strerror}") from error
            words += f"\nSettings written to {write_settings}. Try: connector --settings {shlex.quote(str(write_settings))} backfill"
        announce(
            {
                **neighbours.addresses(),
                "settings": neighbours.all_settings(),
                "words": words,
            }
        )
        await told.wait()


@contextlib.contextmanager
def _told_to_end() -> Iterator[asyncio.Event]:
    """Set by SIGTERM and by the end of the terminal, which else leave files behind; Ctrl-C ends the task itself."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in ENDING:
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)


def rooms_of(named: Sequence[str]) -> dict[str, Path]:
    """
    Read `NAME=FOLDER` options.

    Raises:
        SettingsError: not of that form, or no folder.
    """
    rooms: dict[str, Path] = {}
    for one in named:
        name, equals, folder = one.partition("=")
        if not equals or not name or not folder:
            raise SettingsError("--room", f"expected NAME=FOLDER, such as docs=./docs, not {one!r}")
        if not Path(folder).is_dir():
            raise SettingsError("--room", f"{folder} is not a folder")
        rooms[name] = Path(folder)
    return rooms


def _app(neighbours: Neighbours, folder: Path, *, office: bool) -> App:
    values = _values(neighbours, office=office)
    layers = [("the demo", path.split("."), value) for path, value in values.items()]
    return App(check(layers, file=folder / "settings.toml", kinds=KINDS))


def _values(neighbours: Neighbours, *, office: bool) -> dict[str, Any]:
    """Settings by dotted key: of the rooms, and of the office's records where they are asked for, too."""
    return {"http.attempts": 3, **neighbours.tour_settings(office=office)}


def settings_text(neighbours: Neighbours, *, office: bool) -> str:
    """A settings file for the sandbox; its secrets are made up, so they may stand in it."""
    tables: dict[str, list[str]] = {}
    for path, value in {
        **_values(neighbours, office=office),
        "ledger.url": "sqlite:///sandbox-ledger.db",
    }.items():
        table, _, key = path.rpartition(".")
        shown = value if key == "app_id" else json.dumps(value, ensure_ascii=False)
        tables.setdefault(table, []).append(f"{key} = {shown}")
    return "\n".join(f"[{table}]\n" + "\n".join(lines) + "\n" for table, lines in tables.items())


async def _run(app: App, mode: Mode) -> Report:
    return await app.run("intranet", app.options("intranet", mode))


def _tell_run(report: Report, say: Say) -> None:
    counts = report.documents
    say(
        f"  {report.outcome}: {counts.added} added, {counts.updated} updated, {counts.deleted} removed, {counts.unchanged} unchanged "
        f"({', '.join(f'{Number(one.requests):request} to {name}' for name, one in report.sources.items())}, "
        f"{report.push.requests} to the intranet)"
    )
    for reason in report.reasons:
        say(f"  - {reason}")


def _search(intranet: InteractWorld, searches: Sequence[DemoSearch], *, after: bool) -> list[dict[str, Any]]:
    told = []
    for one in searches:
        hits = intranet.search(one.words, one.person)
        foretold = one.found_after if after else one.found_before
        told.append(
            {
                "words": one.words,
                "person": one.person,
                "note": one.note,
                "after_edits": after,
                "as_foretold": bool(hits) == foretold,
                "hits": [
                    {
                        "title": hit.title,
                        "url": hit.url,
                        "crumbs": [label for label, _ in hit.crumbs],
                        "facets": hit.facets,
                    }
                    for hit in hits
                ],
            }
        )
    return told


def _tell_searches(told: Sequence[dict[str, Any]], say: Say) -> None:
    for one in told:
        who = one["person"].split("@")[0]
        if not one["hits"]:
            say(f"  “{one['words']}” as {who}: nothing ({one['note']})")
            continue
        hit = one["hits"][0]
        say(f"  “{one['words']}” as {who}: {hit['title']} ({one['note']})")
        say(f"      {' > '.join(hit['crumbs'])}")
