"""The connector between a world and a simulated intranet, with a clock of its own: what the suite plays on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connector.app import KINDS, App
from connector.conformance.answer_checks import Told
from connector.conformance.world import World
from connector.document.document import Container, Listed, Scope
from connector.errors import ListingIncomplete, SourceRefused, SourceUnavailable
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.ports.source import Reading, Source, Verdict
from connector.sandbox.faults import RESET_BEFORE, Call, Fault
from connector.sandbox.run import Neighbours
from connector.settings import check
from connector.sources.kind import AnyKind

NAME = "tested"
TARGET = "intranet"
BEGIN = 1_800_000_000.0
"""Where the suite's clock begins, in seconds since 1970."""
ROUND_S = 7_200.0
"""Between two runs of `rounds`: two hours, in which a source that wants a second, later listing has one."""


class Clock:
    """A clock that only tests move; each reading is a moment later."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


class Harness:
    """A connector with one source, run by hand."""

    def __init__(
        self, folder: Path, neighbours: Neighbours, world: World, clock: Clock, kinds: Sequence[AnyKind] = ()
    ) -> None:
        self.world = world
        self._kinds = (*KINDS, *kinds)
        self.intranet = neighbours.interact
        self.clock = clock
        self.items: dict[str, str] = {}
        """What was added and not removed: how the world names it, by the word in its title."""
        self._folder = folder
        self._wire = neighbours.wire
        targets = {
            key: value for key, value in neighbours.settings().items() if key.startswith(f"targets.{TARGET}.")
        }
        self._values: dict[str, Any] = {
            **targets,
            "http.attempts": 1,
            "http.backoff_max_s": 0.01,
            f"targets.{TARGET}.batch_documents": 5,
            **{f"sources.{NAME}.{key}": value for key, value in world.table.items()},
        }
        for email, identities in world.identities.items():
            self.intranet.seed_person(email, email, identities)
        for email in {world.insider, world.outsider} - world.identities.keys():
            self.intranet.seed_person(email, email)

    def app(self) -> App:
        """The connector, as the settings have it."""
        layers = [("the suite", key.split("."), value) for key, value in self._values.items()]
        return App(check(layers, file=self._folder / "settings.toml", kinds=self._kinds), clock=self.clock)

    async def run(self, mode: str = "delta", **wanted: Any) -> Report:
        """Do one run, a minute after the one before."""
        self.clock.now += 60
        self.world.publish()
        app = self.app()
        return await app.run(TARGET, app.options(TARGET, Mode(mode), **wanted))

    async def rounds(self, count: int, mode: str = "delta") -> list[Report]:
        """Do several runs, hours apart."""
        told = []
        for _ in range(count):
            self.clock.now += ROUND_S
            told.append(await self.run(mode))
        return told

    # -- the source by itself ---------------------------------------------------------------------

    @asynccontextmanager
    async def _source(self) -> AsyncIterator[Source]:
        """The source as a run has it, with what earlier runs noted."""
        app = self.app()
        with app.ledger() as ledger:
            async with app.source(NAME, ledger) as source:
                yield source

    async def listed(self) -> list[tuple[Listed, Scope, str]]:
        """Every row that the source lists, with its scope and the native key of its container."""
        self.world.publish()
        async with self._source() as source:
            return await _listed(source)

    async def told(self) -> Told:
        """Everything that the source tells, its documents made, when it is read once."""
        self.world.publish()
        async with self._source() as source:
            rows = [(row, above) for row, _, above in await _listed(source)]
            made = [row for row, _ in rows if not row.left_out and row.kind != "unreadable"]
            return Told(rows, {row.id: await source.document(row) for row in made})

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the ids of the source begin with."""
        return self.app().settings.sources[NAME].id_prefixes()

    async def package(self) -> str:
        """Where the code of the source stands."""
        async with self._source() as source:
            module = type(source).__module__
        return module.rpartition(".")[0] or module

    async def ask(self, rows: Sequence[tuple[Listed, Scope, str]]) -> list[tuple[Listed, Verdict]]:
        """Ask for every one of some rows by itself; whatever cannot be asked for is missing from the answer."""
        self.clock.now += ROUND_S
        self.world.publish()
        told: list[tuple[Listed, Verdict]] = []
        async with self._source() as source:
            try:
                await source.open(Reading(run=1_001, thorough=False))
                await source.scopes()
            except (SourceUnavailable, SourceRefused, ListingIncomplete):
                return []
            for row, scope, above in rows:
                try:
                    told.append((row, await source.ask(row.native, scope.key, above, ())))
                except (SourceUnavailable, SourceRefused):
                    continue
        return told

    # -- the world ----------------------------------------------------------------------------

    def add(self, *words: str) -> None:
        """Add items."""
        for word in words:
            self.items[word] = self.world.add(word)

    def remove(self, *words: str) -> None:
        """Remove items."""
        for word in words:
            self.world.remove(self.items.pop(word))

    # -- the intranet -------------------------------------------------------------------------

    def ids(self, word: str) -> list[str]:
        """Ids of the documents whose title has a word."""
        return [key for key, row in self.intranet.documents.items() if word in str(row.document["Title"])]

    def lacks(self, words: Sequence[str]) -> list[str]:
        """Of some words, those that stand in no title of the intranet."""
        return [word for word in words if not self.ids(word)]

    def sees(self, person: str, word: str) -> bool:
        """Whether somebody finds what has a word in its title."""
        return any(self.intranet.can_see(person, identifier) for identifier in self.ids(word))

    def removed(self) -> list[str]:
        """Ids of everything that was ever taken out of the intranet."""
        return [one.id for one in self.intranet.deletions]

    @asynccontextmanager
    async def only_pushes(self, count: int) -> AsyncIterator[None]:
        """Let only so many pushes through to the intranet; the connection of every later one is lost."""
        calls: list[Call] = []

        def is_later(call: Call) -> bool:
            if call.path.endswith("docs/addupdate"):
                calls.append(call)
                return len(calls) > count
            return bool(calls) and len(calls) > count

        fault = self._wire.add(Fault(is_later, RESET_BEFORE, times=None))
        try:
            yield
        finally:
            self._wire.faults.remove(fault)

    def lose_ledger(self) -> None:
        """Lose all that the connector remembers."""
        for file in (self._folder / "var").glob("ledger.db*"):
            file.unlink()


async def _listed(source: Source) -> list[tuple[Listed, Scope, str]]:
    rows: list[tuple[Listed, Scope, str]] = []
    await source.open(Reading(run=1_000, thorough=True))
    for found in [one for one in await source.scopes() if one.included]:
        audience, _ = await source.audience(found.scope, None, [])
        top = await source.top(found.scope, audience, public=False)
        waiting = [top if isinstance(top, Container) else top.container]
        while waiting:
            container = waiting.pop()
            if container is not None:
                async for page in source.children(container, proven=None):
                    rows += [(row, found.scope, container.native) for row in page.rows]
                    waiting += [row.container for row in page.rows]
    return rows
