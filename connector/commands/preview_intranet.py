"""
The configured sources in a simulated intranet on this machine, with its search page: nothing leaves the machine.

The connector is the real one, and so is what it asks the sources; intranet, ledger and texts are in this process and in a
folder that is deleted at the end, however it ends.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from connector.app import App
from connector.commands.inspection import Naming
from connector.commands.progress import Counts, progress_of, run_outside_quiet_hours
from connector.commands.running import FAILED
from connector.commands.tour import Say
from connector.document.audience import is_user
from connector.document.counting import Number, counted
from connector.document.printable import printable_values
from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.machine import streams
from connector.people.file import PeopleRows
from connector.plan import preview_words
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.plan.report import Report
from connector.ports.matching import Matching
from connector.ports.source import Source
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_guide import OwnGuide, Why
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.server import serve
from connector.status.why_found import tell_why
from connector.text.service import TextService
from connector.wiring.matching import matching_of
from connector.wiring.offline import Offline
from connector.wiring.orders import know_hidden

HEADING = "What people would find"
SHOWN = 20
"""Rooms, or names, that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """What a preview is asked for: what is loaded, and how it is shown."""

    target: str | None = None
    sources: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    person: str = ""
    """Whom to search as: an address, a name or an id; empty: nobody in particular."""
    ending: bool = False
    """End after the load, instead of serving the page."""
    port: int = 0
    bar: bool = False
    """Show a bar on standard error; else a line of the log each minute."""


class PreviewApp(App):
    """The configured connector, whose target is the simulated intranet; it keeps how people and groups are called."""

    names: list[Mapping[str, str]]
    """How identities are called, of each source."""

    @asynccontextmanager
    async def source(
        self, name: str, ledger: Ledger, texts: TextService | None = None, rows: PeopleRows | None = None
    ) -> AsyncIterator[Source]:
        """Make a source ready, and keep the names that it tells."""
        async with super().source(name, ledger, texts, rows) as source:
            if isinstance(source, Naming):
                self.names.append(source.keep_names())
            yield source


class LedgerGuide(OwnGuide):
    """What the connector knows of people and documents: its ledger, and the names that its sources told."""

    def __init__(
        self,
        world: InteractWorld,
        ledger: Ledger,
        target: str,
        matching: Matching,
        names: Sequence[Mapping[str, str]],
    ) -> None:
        super().__init__(world)
        self._ledger = ledger
        self._target = target
        self._matching = matching
        self._names = names
        """How identities are called, by source; they come while the sources are read."""

    def called(self, identity: str) -> str:
        """As a source names it."""
        return next((name for names in self._names if (name := names.get(identity, ""))), "")

    def person_called(self, address: str) -> str:
        """As a source names her own identity."""
        shares = self._ledger.people(self._target).shares(self._matching.normalise(address))
        own = [one for share in shares for one in share.identities if is_user(one)]
        return next((name for one in own if (name := self.called(one))), "")

    def people_meant(self, typed: str) -> list[str]:
        """Also by a source's own id, or an identity."""
        shares = self._ledger.people(self._target).shares(typed.strip().lower())
        return super().people_meant(typed) or list(
            dict.fromkeys(one.address for one in shares if one.address)
        )

    def why(self, document: str, person: str) -> Why:
        """As `connector explain --for` tells it."""
        told = tell_why(self._ledger, self._target, document, person, self._matching)
        if told is None:
            return super().why(document, person)
        return Why(told["finds"], told["through"], told["steps"], told["missing"])


async def preview(asked: Offline, request: PreviewRequest, *, say: Say) -> dict[str, Any]:
    """
    Load what is wished for into a simulated intranet, tell what would be found, and serve its search page unless it ends.

    Returns:
        {"exit_code", "report", "documents", "people", "rooms": [{"source", "room", "title", "documents"}], "for": None or {"person", "name", "finds",
        "rooms": as above}}; with {"error": {"message"}} where nobody, or several, are called as was asked

    Raises:
        SettingsError: there is no such target or source. ConnectorError: the port is taken.
    """
    target = asked.target_named(request.target)
    asked.check_sources(target, request.sources)
    world, names = InteractWorld(), list[Mapping[str, str]]()
    world.api_key, word = secrets.token_urlsafe(), secrets.token_urlsafe()
    matching = matching_of(asked.settings.targets[target].people)
    stop = Interrupts()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="connector-preview-")))
        stack.enter_context(stop.heard())
        ledger = stack.enter_context(closing(Ledger(f"sqlite:///{folder}/ledger.db", now=time.time())))
        if unknown := know_hidden(asked, ledger, target):
            say(f"What people hid is not known, so it stands in this preview: {unknown}")
        guide = LedgerGuide(world, ledger, target, matching, names)
        page = InteractApp(world, guide=guide, heading=HEADING, pass_word=word)
        url = await stack.enter_async_context(_served(page, request.port))
        intranet = {"base_url": url, "tenant": world.tenant, "app_id": world.app_id, "api_key": world.api_key}
        app = PreviewApp(asked.played(target, request.sources, intranet, folder))
        app.names = names
        address = f"{url}/search?{urlencode({'key': word, 'as': request.person} if request.person else {'key': word})}"
        if not request.ending:
            say(f"Look at it while it is being loaded:\n{address}")
        report = await _load(app, target, request, stop)
        told = _tell(world, guide, ledger, target, report, request)
        say_what(told, say)
        if not request.ending and world.documents:
            say(f"Search for yourself; Ctrl-C ends it, and deletes everything that was loaded:\n{address}")
            stop.loading = False
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    return told


class Interrupts:
    """
    What Ctrl-C does: while it loads, what came so far can be looked at; afterwards it is the end.

    SIGTERM, and the end of the terminal, are the end at any time; each end deletes the folder.
    """

    def __init__(self) -> None:
        self.loading = True
        self.asked = False
        """Whether the load should end."""

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for signals."""
        loop, main = asyncio.get_running_loop(), asyncio.current_task()
        assert main is not None

        def interrupted() -> None:
            if self.loading and not self.asked:
                self.asked = True
                streams.write(
                    sys.stderr,
                    "Stopping: what came so far can be looked at. Once more ends it, and deletes it.\n",
                )
            else:
                main.cancel()

        loop.add_signal_handler(signal.SIGINT, interrupted)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, main.cancel)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)


@asynccontextmanager
async def _served(page: InteractApp, port: int) -> AsyncIterator[str]:
    """Serve the intranet on loopback; gives its address."""
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(serve(page, port=port))
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            raise ConnectorError(
                f"The search page cannot listen on port {port}: another program does, or it is not for us. "
                "Name another one with --port; 0 takes any free one."
            ) from error
        yield url


async def _load(app: App, target: str, request: PreviewRequest, stop: Interrupts) -> Report:
    """A first load, of what is wished for."""
    options = app.options(target, Mode.BACKFILL, only=request.sources, rooms=request.rooms)
    watch = Watch(stopping=lambda: stop.asked)
    async with progress_of(watch, Counts(watch.outlook), watched=request.bar, target=target, mode="preview"):
        return await run_outside_quiet_hours(app, target, options, watch, watched=request.bar)


# -- what is told -----------------------------------------------------------------------------------


def _tell(
    world: InteractWorld,
    guide: LedgerGuide,
    ledger: Ledger,
    target: str,
    report: Report,
    request: PreviewRequest,
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "exit_code": report.exit_code,
        "report": {
            **report.as_json(),
            "reasons": preview_words.say_all(report.findings, run_id=report.run_id),
        },
        "documents": len(world.documents),
        "people": len(world.people),
        "rooms": _by_room(world, ledger, target, list(world.documents)),
        "for": None,
    }
    if request.person:
        people = guide.people_meant(request.person)
        if why := _not_one(people, request.person):
            # what was loaded is told, and served, all the same: it may have taken hours
            return told | {"exit_code": FAILED, "error": {"message": why}}
        found = world.visible_to(people[0])
        told["for"] = {
            "person": people[0],
            "name": guide.person_called(people[0]),
            "finds": len(found),
            "rooms": _by_room(world, ledger, target, sorted(found)),
        }
    return told


def _not_one(people: Sequence[str], asked: str) -> str:
    """Why these people are not the one who was asked for; empty where they are."""
    if len(people) > 1:
        return (
            f"{len(people)} people are called {asked}: {', '.join(people[:SHOWN])}. Name one by the address."
        )
    if people:
        return ""
    return (
        f"Nobody whom the sources named is called {asked}. Of the rooms that were loaded, only authors, editors and "
        "those who stand in lists of rights are known; name others in the people file of the source."
    )


def _by_room(world: InteractWorld, ledger: Ledger, target: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """
    Count documents by room, the room with most of them first.

    A room is called as the one document below which all of its documents stand; where there is none, as its source calls it.
    """
    every = ledger.documents(target).standing(list(world.documents))
    counts = Counter((every[one].source, every[one].room) for one in ids if one in every)
    tops: dict[tuple[str, str], set[str]] = {}
    for one in every.values():
        tops.setdefault((one.source, one.room), set()).add(one.path.split("/")[1] if "/" in one.path else "")
    titles: dict[tuple[str, str], str] = {}
    for room, (first, *more) in tops.items():
        top = world.documents.get(first)
        if not more and top is not None and top.document.get("IsParent"):
            titles[room] = top.document["Title"]
    names = {source: ledger.rooms(target).all(source) for source in {source for source, _ in counts}}
    return [
        {
            "source": source,
            "room": names[source][room].name if room in names[source] else room,
            "title": titles.get((source, room), ""),
            "documents": count,
        }
        for (source, room), count in counts.most_common()
    ]


def say_what(told: Mapping[str, Any], say: Say) -> None:
    """Say how the load ended, and how much of each room can be found; no title breaks a line."""
    told = printable_values(told)
    report = told["report"]
    say(
        f": {counted(told['documents'], 'document')}, {counted(told['people'], 'person', 'people')}",
        bold=report["outcome"],
    )
    for reason in report["reasons"]:
        say(f"  - {reason}")
    one = told["for"]
    if one:
        called = f"{one['name']} ({one['person']})" if one["name"] else one["person"]
        say(f"{called} finds {one['finds']} of them{':' if one['rooms'] else '.'}")
    rooms = one["rooms"] if one else told["rooms"]
    for room in rooms[:SHOWN]:
        where = (
            f"{room['title']} ({room['source']}: {room['room']})"
            if room["title"]
            else f"{room['source']}: {room['room']}"
        )
        say(f"  {room['documents']:>7}  {where}")
    if len(rooms) > SHOWN:
        say(f"  and {Number(len(rooms) - SHOWN):more room}; --json lists all")
    if "error" in told:
        say(told["error"]["message"])
