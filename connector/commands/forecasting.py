"""
`connector check --forecast`: what a first load will take, from listings and a timed sample. Asks the sources only.

Of each source so many calls, and so many seconds, at most go into listings, rights among them; then some items of each kind are
made, files read and all. Ledger and texts of the sample are in memory and in a folder that is deleted.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from connector.app import App
from connector.crawl.scopes import unread_of
from connector.document.document import Container, Listed, Scope
from connector.engine.task_group import together
from connector.errors import ConnectorError, RecordGone
from connector.ledger.pushes import KEPT_TEXT
from connector.ledger.store import Ledger
from connector.plan.forecast import Made, Pace, Reach, Sample, foretell, on_disk
from connector.plan.tree_size import TreeSize
from connector.ports.source import FoundScope, Nested, Peopled, Reading, Sorted, Source
from connector.target.format import InteractFormat

OF_A_KIND = 60
"""Items of each kind that are made."""
PEOPLE = 8
LOAD_OVER_LISTING = 6.0
"""Processor time that a load takes for a document, over that of listing it: it is also planned, made, noted and sent (bench.forecast)."""
SPIN_S = 0.2
UNREAD_TOLD = 20
NOT_REACHED = "not asked for any more, since the others took the calls or the time of a forecast"
UNREAD_IN_PART = "some of its items, or who may see them, could not be read"
SCOPES_SHARE = 4
"""Of the calls, at most a quarter goes to scopes themselves: the others count as those that were read."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much one source is asked at most; what is under way then is finished."""

    calls: int = 1_000
    """For listings, with the rights of what they list."""
    seconds: float = 60.0
    """For listings, and as much again for the sample."""


WORDS = (
    f"For the forecast each source is asked for a part of its listings, at most {Bounds().calls:,} calls and {Bounds().seconds:g} s, and for "
    f"{OF_A_KIND} items of each kind, at most {Bounds().seconds:g} s."
)


async def tell_forecast(app: App, *, now: float, bounds: Bounds | None = None) -> dict[str, Any]:
    """
    Foretell a first load of every source.

    Returns:
        {"sources": {name: {"whole", "asked", "documents", "calls", "bytes", "seconds", "ledger_bytes", "cache_bytes", "message",
        "unread", "unread_count"}}, "disk_bytes", "seconds"}; of a source of which nothing can be read "asked" and "message" only.
        "unread" tells by name why something could not be read, the first `UNREAD_TOLD` of "unread_count": what is in it is not
        foretold.
    """
    told: dict[str, Any] = {}
    with TemporaryDirectory(prefix="connector-forecast-") as folder:
        for name in app.settings.sources:
            told[name] = await _of_source(app, name, Path(folder) / name, now=now, bounds=bounds or Bounds())
    known = [one for one in told.values() if "calls" in one]
    return {
        "sources": told,
        "disk_bytes": sum(one["ledger_bytes"] + one["cache_bytes"] for one in known),
        "seconds": max((one["seconds"] for one in known), default=0.0),
    }


async def _of_source(app: App, name: str, folder: Path, *, now: float, bounds: Bounds) -> dict[str, Any]:
    heard: list[float] = []
    watched = app.apart(folder).observed(
        lambda _host, _method, _path, _status, seconds: heard.append(seconds)
    )
    with closing(Ledger("sqlite://", now=now)) as ledger:
        try:
            async with watched.texts():
                pass  # makes the cache
            empty = _size(folder)
            async with watched.texts() as texts, watched.source(name, ledger, texts) as source:
                await source.open(Reading(run=1, thorough=True))
                survey = _Survey(source, bounds)
                cpu = time.process_time()
                await survey.walk()
                cpu = time.process_time() - cpu
                made, text_s = await _make(watched, source, survey, seconds=bounds.seconds)
                each = await _calls_of_a_person(source)
                asked = source.traffic().requests
                unread = unread_of(source) | survey.unread
                # while its notes can be read: the settings may leave it to them
                has_grants = isinstance(source, Nested) and source.looks_below
        except ConnectorError as error:
            return {"message": str(error), "asked": len(heard)}
    files = sum(one.texts for one in made.values())
    part = app.settings.sources[name]
    sample = survey.sample(
        made,
        calls_of_a_person=each,
        pace=Pace(
            call_s=sum(heard) / len(heard) if heard else 0.0,
            at_once=source.concurrency,
            calls_per_s=getattr(part, "calls_per_s", 0.0),
            work_s=cpu / max(1, survey.units) * LOAD_OVER_LISTING * _stretch(),
            text_s=text_s,
        ),
        has_grants=has_grants,
        cache_bytes_of_a_text=max(0, _size(folder) - empty) / files if files else 0.0,
    )
    return {
        "whole": survey.is_whole and not unread,
        "asked": asked,
        **msgspec.to_builtins(foretell(sample)),
        "message": "",
        "unread": dict(islice(unread.items(), UNREAD_TOLD)),
        "unread_count": len(unread),
    }


class _Survey:
    """Listings of a source within its bounds: what comes early and what lies deep, in turns."""

    def __init__(self, source: Source, bounds: Bounds) -> None:
        self._source = source
        self._calls = bounds.calls
        self._until = time.monotonic() + bounds.seconds
        self._tree_size = TreeSize()
        self._waiting: dict[int, list[Container]] = {}
        """By depth."""
        self._dice = random.Random(0)  # noqa: S311 - a sample, not a secret
        self._tops: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._base = self._scope_calls = self._scopes = self._tried = 0
        self._read = 0
        """Scopes that were read, of those that were tried."""
        self.unread: dict[str, str] = {}
        """By name of a scope: why it, or something in it, could not be read."""
        self._reached: list[Reach] = []
        self.kept: dict[str, list[Listed]] = {}
        """Some rows of each kind, each as likely as any other."""

    @property
    def is_whole(self) -> bool:
        """Whether everything was listed."""
        return self._tree_size.is_whole

    @property
    def units(self) -> int:
        """Containers and rows that were listed."""
        return self._tree_size.units

    async def walk(self) -> None:
        """
        List until there is no more, or the bounds are reached. What cannot be read costs itself, as in a load.

        Raises:
            ConnectorError: no scope could be read.
        """
        found = [one for one in await self._source.scopes() if one.included]
        self._dice.shuffle(found)
        self._scopes, self._base = len(found), self._asked
        refused: ConnectorError | None = None
        for one in found:
            if self._tried and self._is_over(self._base + self._calls // SCOPES_SHARE):
                break
            self._tried += 1
            try:
                await self._enter(one)
            except ConnectorError as error:
                refused = error
                self._miss(one.scope, error)
        if refused is not None and not self._read:
            raise refused
        if isinstance(self._source, Sorted):
            self._pass_over([one.scope for one in found[self._tried :]])
            self._scopes = self._tried
        elif self._tried:
            for _ in range(round((self._scopes - self._tried) * self._read / self._tried)):
                self._tree_size.wait(0, None)  # counts as those that were read
        self._scope_calls = self._asked - self._base
        self._reach()
        while any(self._waiting.values()) and not self._is_over(self._calls):
            await together(self._list(*one) for one in self._next())
            self._reach()
        if isinstance(self._source, Sorted):
            left = self._waiting.pop(0, [])
            for container in left:
                self._tree_size.list(0, container.expected, {}, rows=0, containers=0)
            self._pass_over([container.scope for container in left])

    async def _enter(self, one: FoundScope) -> None:
        """Read a scope: who may see it, and its own document."""
        try:
            audience, _ = await self._source.audience(one.scope, None, [])
        except ConnectorError as error:  # it is listed all the same, and nothing of it pushed
            audience = None
            self._miss(one.scope, error)
        top = await self._source.top(one.scope, audience, public=one.public)
        self._read += 1
        if isinstance(top, Listed) and self._belongs(top, one.scope):
            self._tops[top.kind] += 1
            self._note(top)
        if (container := top if isinstance(top, Container) else top.container) is not None:
            self._wait(0, container)

    def _belongs(self, row: Listed, scope: Scope) -> bool:
        """Whether a load pushes it; what it cannot push for want of an answer is told."""
        if row.left_out:
            return False
        if row.kind == "unreadable" or row.audience is None:
            self.unread.setdefault(scope.name, UNREAD_IN_PART)
            return False
        return True

    def _pass_over(self, scopes: Sequence[Scope]) -> None:
        """Kinds of record that were not reached: one kind says nothing of another, so they are named and not guessed."""
        for one in scopes:
            self.unread.setdefault(one.name, NOT_REACHED)

    def _miss(self, scope: Scope, error: ConnectorError) -> None:
        self.unread.setdefault(scope.name, str(error))

    def sample(
        self,
        made: dict[str, Made],
        *,
        calls_of_a_person: float,
        pace: Pace,
        has_grants: bool,
        cache_bytes_of_a_text: float,
    ) -> Sample:
        """What it found, with what was made of it."""
        end = self._reached[-1]
        half = next(one for one in self._reached if one.units * 2 >= end.units)
        return Sample(
            base_calls=self._base,
            scope_calls=self._scope_calls,
            scopes_read=self._tried,
            scopes=self._scopes,
            half=half,
            end=end,
            whole=self._tree_size.whole(),
            tops=self._tops,
            made=made,
            calls_of_a_person=calls_of_a_person,
            pace=pace,
            has_grants=has_grants,
            cache_bytes_of_a_text=cache_bytes_of_a_text,
        )

    @property
    def _asked(self) -> int:
        return self._source.traffic().requests

    def _is_over(self, calls: int) -> bool:
        return self._asked >= calls or time.monotonic() >= self._until

    def _reach(self) -> None:
        people = len(self._source.people_met()) if isinstance(self._source, Peopled) else 0
        calls = self._asked - self._base - self._scope_calls
        self._reached.append(Reach(calls=calls, units=self._tree_size.units, people=people))

    def _next(self) -> Iterator[tuple[int, Container]]:
        """Some containers, every other one of a depth as likely as any other: what is deep is most, and met last."""
        for turn in range(self._source.concurrency):
            depths = [depth for depth, waiting in self._waiting.items() if waiting]
            if not depths:
                return
            weights = [len(self._waiting[depth]) if turn % 2 else 1 for depth in depths]
            (depth,) = self._dice.choices(depths, weights)
            waiting = self._waiting[depth]
            at = self._dice.randrange(len(waiting))
            waiting[at], waiting[-1] = waiting[-1], waiting[at]
            yield depth, waiting.pop()

    def _wait(self, depth: int, container: Container) -> None:
        self._tree_size.wait(depth, container.expected)
        if container.expected == 0:
            self._tree_size.list(depth, 0, {}, rows=0, containers=0)
        else:
            self._waiting.setdefault(depth, []).append(container)

    async def _list(self, depth: int, container: Container) -> None:
        rows = 0
        kinds: Counter[str] = Counter()
        below: list[Container] = []
        try:
            async for page in self._source.children(container, proven=None):
                rows += len(page.rows)
                for row in page.rows:
                    if self._belongs(row, container.scope):
                        kinds[row.kind] += 1
                        self._note(row)
                    if row.container is not None and not row.left_out:
                        below.append(row.container)
        except RecordGone:
            pass  # listed a moment ago, gone now
        except ConnectorError as error:
            self._miss(container.scope, error)
        self._tree_size.list(depth, container.expected, kinds, rows=rows, containers=len(below))
        for one in below:
            self._wait(depth + 1, one)

    def _note(self, row: Listed) -> None:
        self._rows[row.kind] += 1
        kept = self.kept.setdefault(row.kind, [])
        if len(kept) < OF_A_KIND:
            kept.append(row)
        elif (at := self._dice.randrange(self._rows[row.kind])) < OF_A_KIND:
            kept[at] = row


async def _make(
    app: App, source: Source, survey: _Survey, *, seconds: float
) -> tuple[dict[str, Made], float]:
    """
    Make the documents of some items of each kind, as a load does, and count what that takes.

    Returns:
        What was made by kind, and how long each text of a file took, so many at once as a load reads.
    """
    text_part = app.settings.text
    written = InteractFormat(encoding=text_part.encoding, max_text_bytes=text_part.max_text_bytes)
    until = time.monotonic() + seconds
    turns = asyncio.Semaphore(source.concurrency)
    made: dict[str, Made] = {}
    texts, took = 0, 0.0

    async def make(row: Listed) -> tuple[int, int, bool] | None:
        async with turns:
            if time.monotonic() >= until:
                return None
            try:
                rendered = written.render(await source.document(row))
            except ConnectorError:
                return None
        text = len(rendered.text) if len(rendered.text) <= KEPT_TEXT else 0
        kept = len(rendered.body) + text + len(rendered.text_key) + len(rendered.hidden)
        return rendered.size, on_disk(kept), bool(rendered.text_key)

    for kind, rows in survey.kept.items():
        before = source.traffic().requests
        first = await together(make(row) for row in rows[:1])  # and readers start
        began = time.monotonic()
        rest = await together(make(row) for row in rows[1:])
        if files := sum(one is not None and one[2] for one in rest):
            texts, took = texts + files, took + time.monotonic() - began
        if done := [one for one in [*first, *rest] if one is not None]:
            made[kind] = Made(
                items=len(done),
                calls=source.traffic().requests - before,
                bytes=sum(size for size, _, _ in done),
                kept_bytes=sum(kept for _, kept, _ in done),
                texts=sum(text for _, _, text in done),
            )
    return made, took / texts if texts else 0.0


async def _calls_of_a_person(source: Source) -> float:
    """How many calls it takes to ask for somebody."""
    met = sorted(source.people_met())[:PEOPLE] if isinstance(source, Peopled) else []
    if not met or not isinstance(source, Peopled):
        return 0.0
    before = source.traffic().requests
    await source.people(met)
    return (source.traffic().requests - before) / len(met)


def _stretch() -> float:
    """How much longer work takes than its processor time, since others work on this machine, too."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < SPIN_S:
        pass
    return max(1.0, (time.perf_counter() - wall) / SPIN_S)


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
