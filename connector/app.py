"""
The connector made of its settings, with all that it can do: runs, turns of people, a look at the intranet, a ledger made anew.

`wiring` opens what that needs, and everyone else gets plain values. Clients, texts and the run are loaded by the verbs that
need them: whoever only asks which kinds of sources there are loads none of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connector.configuration.tables import LedgerPart
from connector.errors import SettingsError, Stopped
from connector.ledger.database import file_at
from connector.ledger.store import Ledger
from connector.machine.shared_clock import SharedClock
from connector.plan.item import Mode
from connector.plan.options import Options, UnreadFile, Watch
from connector.sources.interaxo.open import INTERAXO
from connector.sources.interject.open import INTERJECT
from connector.sources.itr.open import ITR
from connector.sources.kind import AnyKind
from connector.wiring.forecast_note import foretold
from connector.wiring.run_planning import RunPlanning

if TYPE_CHECKING:
    from connector.http.exchange import Observer
    from connector.ledger.documents import Documents
    from connector.plan.report import Report
    from connector.ports.engine import Others
    from connector.ports.source import Source
    from connector.runs.night_ocr import Night
    from connector.runs.verification import Verification
    from connector.target.client import Interact
    from connector.text.service import TextService

KINDS: tuple[AnyKind, ...] = (INTERAXO, ITR, INTERJECT)
"""Every kind of source: a folder of `connector/sources/`, and its place here."""


class App(RunPlanning):
    """A connector made of its settings, with everything it can do. Opens nothing by itself."""

    def observed(self, observer: Observer) -> App:
        """The same connector, whose calls somebody hears of."""
        same = self._alike()
        same._observer = observer
        return same

    def apart(self, folder: Path) -> App:
        """The same connector with ledger and cache in a folder of their own: asking it leaves no trace elsewhere."""
        settings = self.settings.model_copy(
            update={
                "ledger": LedgerPart(url=f"sqlite:///{folder}/ledger.db"),
                "text": self.settings.text.model_copy(update={"cache": str(folder)}),
            }
        )
        return App(replace(self.loaded, settings=settings), clock=self._clock)

    def _reads_files(self, names: Sequence[str]) -> bool:
        return any(self.settings.sources[name].reads_files() for name in names)

    async def read_scans(self, *, stopping: Callable[[], bool] = lambda: False) -> Night | None:
        """
        Read by OCR what waits for it, as far as the day's budget goes; None where it is off.

        Raises:
            SettingsError: Tesseract or a language is missing on this machine.
            ConnectorError: the ledger or the cache cannot be used.
        """
        from connector.runs.night_ocr import NightOcr, Spending

        part = self.settings.text.ocr
        if not part.languages:
            return None
        async with AsyncExitStack() as stack:
            scans = await stack.enter_async_context(self._readers_of().scans())
            texts = await stack.enter_async_context(self.texts())
            ledger = stack.enter_context(self.ledger())
            zone = self.settings.schedule.timezone
            spending = Spending(
                ledger.notes(""), budget_s=part.budget_s, zone=zone, clock=self._clock, stopping=stopping
            )
            for name in self.settings.targets:
                last = ledger.runs(name).last()
                own = [one for one in self.sources_of(name) if self.settings.sources[one].reads_files()]
                sources = [await stack.enter_async_context(self.source(one, ledger, texts)) for one in own]
                scanning = NightOcr(ledger.documents(name), ledger.notes, scans, spending)
                await scanning.read(sources, run=last.number if last is not None else 0)
            spending.end()
            return spending.night

    # -- runs ---------------------------------------------------------------------------------

    async def run(
        self, target_name: str, options: Options, watch: Watch | None = None, others: Others | None = None
    ) -> Report:
        """
        Do one run against a target, whose rooms other services may walk; one that reads everything ends where quiet hours begin.

        Raises:
            LeaseHeld: another run works on it.
            SettingsError: documents would get other names than they have.
            ConnectorError: the ledger cannot be used.
        """
        from connector.machine.boot_clock import read_boot_clock
        from connector.runs.names import check_names, check_target
        from connector.runs.parts import Opened
        from connector.runs.run import Sync

        names = self.sources_of(target_name)
        self._need_files(target_name, names)
        watch = watch or Watch()
        watch.outlook.expect(foretold(self.beside))
        # not by quiet hours: who calls that little ends by itself, and may have one call left
        opening = self.stopped_by(watch.stopping)._opened(target_name, names, scratch=options.dry_run)
        watch = self.until_quiet(target_name, options, watch)
        async with opening as (ledger, target, sources, texts, unread_files):
            options = _with_sources(options, ledger.documents(target_name), names, unread_files)
            with self.lock(target.key, needed=not options.dry_run):
                keep_orders = partial(self.orders_file().merge, ledger, keep=not options.dry_run)
                keep_orders()
                if not options.dry_run:
                    self.notice_restore(ledger)
                note = partial(self.last_run().note, ledger, keep=not options.dry_run)
                check_target(ledger, target_name, target.key, self.settings.targets)
                check_names(ledger, target_name, {one: self.settings.sources[one].id_prefix for one in names})
                sync = Sync(
                    Opened(
                        ledger=ledger,
                        target=target,
                        sources=sources,
                        configured=names,
                        recall=texts.recall if texts else lambda _: None,
                        files_by=self.settings.text.files_by,
                        others=others,
                        keep_orders=keep_orders,
                        began=note,
                    ),
                    options,
                    clock=self._clock,
                    steady=read_boot_clock if isinstance(self._clock, SharedClock) else lambda: None,
                    watch=watch,
                )
                try:
                    report = await sync.go()
                finally:
                    keep_orders()
                    note()
        if options.dry_run:
            with self.ledger() as ledger:
                _remember_rehearsal(ledger, target_name, report)
        return report

    async def take_turn(self, target_name: str) -> Report | None:
        """
        Ask for the people whose turn it is, between runs; None where it is left to the next run, which has to look first.

        Raises:
            LeaseHeld: a run works on the target; it has people's turns itself.
            ConnectorError: the ledger cannot be used, or the intranet does not answer.
        """
        from connector.people.turns import take_turn
        from connector.runs.orders import attended

        options = self.options(target_name, Mode.DELTA)
        async with AsyncExitStack() as stack:
            ledger = stack.enter_context(self.ledger())
            if self.last_run().is_missing_from(ledger) or self.last_run().is_of_another(ledger):
                return None
            target = await stack.enter_async_context(self.target(target_name, ledger))
            names = self.sources_of(target_name)
            sources, unread_files = await self._sources(stack, names, ledger, None)
            options = _with_sources(options, ledger.documents(target_name), names, unread_files)
            with self.lock(target.key):
                try:
                    return await take_turn(
                        ledger,
                        target,
                        sources,
                        options,
                        clock=self._clock,
                        attended=partial(attended, ledger, target),
                    )
                except Stopped:
                    return None
                finally:
                    self.keep_beside(ledger)

    async def verify(self, target_name: str, *, sample: int | None) -> Verification:
        """
        Compare the ledger with the intranet, and mark what differs to be pushed again.

        Raises:
            LeaseHeld: a run works on the target.
        """
        from connector.runs.verification import verify
        from connector.session.between_runs import between_runs

        options = self.options(target_name, Mode.DELTA)
        with self.ledger() as ledger:
            async with self.target(target_name) as target:
                with self.lock(target.key):
                    self.notice_restore(ledger)
                    try:
                        async with between_runs(ledger, target, options, clock=self._clock) as run:
                            return await verify(run, target, ledger, sample=sample)
                    finally:
                        self.keep_beside(ledger)

    async def rebuild(self, target_name: str) -> tuple[Report, str]:
        """
        Make the ledger anew from a crawl and from what Interact keeps beside each document; the old one is set aside.

        Returns:
            The report, and where the old one is now: a file, or a schema of the database; empty when there was none.

        Raises:
            LeaseHeld: a run works on the target.
            SettingsError: the ledger also serves other targets, or is in memory.
        """
        from connector.ledger.set_aside import set_aside

        if len(self.settings.targets) > 1:
            raise SettingsError(
                "--target",
                "this ledger serves several targets; only a ledger of its own can be rebuilt",
            )
        if not file_at(self._ledger_url) and not self.shared_ledger:
            raise SettingsError("ledger.url", "a ledger in memory cannot be rebuilt; name a file")
        for name in self.sources_of(target_name):
            self.read_people_file(name)  # the rows that were read last go with the old ledger
        async with self.target(target_name) as target:
            with self.lock(target.key):
                self.keep_orders()
                aside = set_aside(self._ledger_url, now=self._clock())
        options = self.options(target_name, Mode.BACKFILL, restart=True, adopt=True)
        return await self.run(target_name, options), aside

    def _need_files(self, target: str, sources: Sequence[str]) -> None:
        from connector.machine.program import need_files

        calls = self.settings.targets[target].concurrency + 2
        calls += sum(self.settings.sources[name].calls_at_once() for name in sources)
        need_files(calls, self.settings.text.workers if self._reads_files(sources) else 0)

    @asynccontextmanager
    async def _opened(
        self, target_name: str, names: Sequence[str], *, scratch: bool
    ) -> AsyncIterator[tuple[Ledger, Interact, list[Source], TextService | None, Mapping[str, UnreadFile]]]:
        async with AsyncExitStack() as stack:
            ledger = stack.enter_context(self.scratch_ledger() if scratch else self.ledger())
            await stack.enter_async_context(ledger.checkpointed())
            target = await stack.enter_async_context(self.target(target_name, ledger))
            texts = await stack.enter_async_context(self.texts()) if self._reads_files(names) else None
            sources, unread_files = await self._sources(stack, names, ledger, texts)
            yield ledger, target, sources, texts, unread_files

    async def _sources(
        self, stack: AsyncExitStack, names: Sequence[str], ledger: Ledger, texts: TextService | None
    ) -> tuple[list[Source], Mapping[str, UnreadFile]]:
        """
        Make sources ready, and tell of which the people file cannot be read now.

        Raises:
            SettingsError: nor could it ever.
        """
        rows = {name: self.people_rows(name, ledger) for name in names}
        sources = [
            await stack.enter_async_context(self.source(name, ledger, texts, rows[name])) for name in names
        ]
        unread = {
            name: UnreadFile(why=one.unread, addresses=one.addresses)
            for name, one in rows.items()
            if one.unread
        }
        return sources, unread


def _with_sources(
    options: Options, documents: Documents, names: Sequence[str], unread_files: Mapping[str, UnreadFile]
) -> Options:
    """
    Add what a run is to know of its sources.

    Args:
        names: of those that the settings have for the target; what others of before have there stands until somebody decides.
    """
    known = frozenset({*names, *documents.sources()})
    return msgspec.structs.replace(options, unread_files=unread_files, sources=known)


def _remember_rehearsal(ledger: Ledger, target: str, report: Report) -> None:
    """Have it in the history, unless somebody else writes there for long: what it found is told all the same."""
    kept = ledger.write_unless_locked(
        lambda: ledger.runs(target).remember_rehearsal(
            report.run_id,
            mode=report.mode,
            started=report.started,
            finished=report.finished,
            outcome=report.outcome,
            report=report.as_text(),
        )
    )
    if not kept:
        import structlog  # verbs that only tell load no log

        structlog.get_logger().warning("rehearsal.unkept", run=report.run_id, target=target)
