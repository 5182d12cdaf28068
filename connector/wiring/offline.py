"""
A connector made of its settings, as far as it calls nobody: names and the ledger.

What commands that only tell are given; they need no secret, and load no client.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from connector.canary.settings import CanaryPart
from connector.configuration.tables import LedgerPart, OcrPart
from connector.errors import (
    ConnectorError,
    LedgerAway,
    LedgerDamaged,
    LedgerError,
    SettingsError,
)
from connector.ledger.database import POSTGRES, file_at, is_there, locate, trouble_with
from connector.ledger.last_run import LastRun
from connector.ledger.members import Members
from connector.ledger.orders_file import OrdersFile
from connector.ledger.people_rows import rows_read_last
from connector.ledger.set_aside import keep_orders
from connector.ledger.store import Ledger
from connector.ledger.trouble import refuse_others
from connector.ledger.unknown_rest import note_former_gone
from connector.machine.lock import check_place
from connector.machine.shared_clock import SharedClock
from connector.machine.storage import takes_nothing
from connector.machine.verbs import aimed, name_target
from connector.secrets.hiding import keep
from connector.settings import Loaded, Settings
from connector.wiring.services import Services

Clock = Callable[[], float]
IN_TIME = "connect_timeout=5&tcp_user_timeout=8000&keepalives_idle=5&keepalives_interval=3&keepalives_count=2"
"""Of whoever beats: a network that is cut is noticed sooner than the others take it for silent (milliseconds in the second)."""

GOES_ON = (
    "Where the service cannot use it either, search goes on with what it has, and nothing is removed from it. Runs wait or fail as "
    "long as this is so; the next one goes on from what is confirmed."
)
"""What it means for whoever searches, and for runs, that a ledger cannot be used by whoever only looks."""


class Offline:
    """A connector that calls nobody. Opens nothing by itself."""

    def __init__(self, loaded: Loaded, *, clock: Clock | None = None) -> None:
        """
        Args:
            clock: None: this machine's, or that of the database of a ledger which machines share.
        """
        self.loaded = loaded
        self.settings: Settings = loaded.settings
        self._clock: Clock = clock or SharedClock()
        keep(self.settings.secrets())
        self._ledger_url = locate(self.settings.ledger.url, loaded.folder)

    @property
    def clock(self) -> Clock:
        """What tells the time, in seconds since 1970."""
        return self._clock

    def now(self) -> float:
        """The time by its clock, in seconds since 1970; with a ledger that machines share by the database's, once that was opened."""
        return self._clock()

    @property
    def zone(self) -> str:
        """The time zone in which times are told to people."""
        return self.settings.schedule.timezone

    # -- names --------------------------------------------------------------------------------

    def target_named(self, name: str | None) -> str:
        """
        Choose the target: the named one, or the only one. Commands that are told from here on name it, where there are several.

        Raises:
            SettingsError: there are several, or none of that name.
        """
        targets = list(self.settings.targets)
        if name is None:
            if len(targets) > 1:
                raise SettingsError(
                    "--target", f"the settings have several targets; name one of: {', '.join(targets)}"
                )
            return targets[0]
        if name not in targets:
            raise SettingsError(
                "--target", f"there is no target {name!r}; the targets are: {', '.join(targets)}"
            )
        name_target(name if len(targets) > 1 else "")
        return name

    def target_of(self, name: str | None, *runs: str) -> str:
        """
        Choose the target: the named one, or the one whose run is spoken of, or the only one.

        Args:
            runs: ids of runs; empty ones speak of none.

        Raises:
            SettingsError: there are several, or none of that name.
        """
        if name is None and len(self.settings.targets) > 1 and any(runs):
            with self.ledger() as ledger:
                for target in self.settings.targets:
                    if any(run and ledger.runs(target).get(run) is not None for run in runs):
                        return self.target_named(target)
        return self.target_named(name)

    def typed_for(self, text: str, target: str) -> str:
        """Name a target in the commands of a text, where the settings have several."""
        return aimed(text, target) if len(self.settings.targets) > 1 else text

    def sources_of(self, target: str) -> list[str]:
        """Names of the sources that go to a target."""
        return [name for name in self.settings.sources if self.loaded.target_of(name) == target]

    def check_sources(self, target: str, named: Sequence[str]) -> None:
        """
        Raises:
            SettingsError: a named source does not exist or goes elsewhere.
        """
        known = self.sources_of(target)
        for name in named:
            if name not in known:
                raise SettingsError(
                    "--source",
                    f"there is no source {name!r} for the target {target!r}; its sources are: {', '.join(known)}",
                )

    def played(self, target: str, only: Sequence[str], intranet: Mapping[str, Any], folder: Path) -> Loaded:
        """
        The same settings for a play on this machine: another intranet for a target, ledger and texts in a folder of their own.

        Args:
            only: names of the sources that play a part; empty: all of this target.
            intranet: `base_url`, `tenant`, `app_id` and `api_key`.
        """
        settings = self.settings
        key = SecretStr(intranet["api_key"])
        changed = {
            "ledger": LedgerPart(url=f"sqlite:///{folder}/ledger.db"),
            "targets": {target: settings.targets[target].model_copy(update={**intranet, "api_key": key})},
            "sources": {name: settings.sources[name] for name in only or self.sources_of(target)},
            "text": settings.text.model_copy(update={"cache": str(folder / "text"), "ocr": OcrPart()}),
            "canary": CanaryPart(),
        }
        return replace(self.loaded, settings=settings.model_copy(update=changed))

    # -- what stands on this machine ----------------------------------------------------------

    @property
    def ledger_file(self) -> Path | None:
        """The file of the ledger; None where it is in none."""
        file = file_at(self._ledger_url)
        return Path(file) if file else None

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger; what an earlier release wrote is looked through where every secret is known, once nobody writes."""
        if self.ledger_file is not None:
            check_place(self.ledger_file.parent)
        ledger = Ledger(self._ledger_url, now=self._clock())
        try:
            if self.shared_ledger and isinstance(self._clock, SharedClock):
                self._clock.compare(ledger.clock)
            if self.loaded.whole:
                ledger.write_unless_locked(ledger.scrub_once)
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def ledger_to_tell(self) -> Iterator[Ledger]:
        """
        The ledger for whoever only tells; an empty one where there is none: nothing is made for a look.

        Where its disk is not mounted, one that is made would stand in its place.

        Raises:
            LedgerError: it cannot be used; where that is so for whoever asks, says what it means for the search, too.
        """
        try:
            if file := self.missing_ledger():
                check_place(file.parent)
                refuse_others(file)
            is_there = file is None and (self.ledger_file is not None or self.has_ledger())
            with self.ledger() if is_there else closing(Ledger("sqlite://", now=self._clock())) as ledger:
                yield ledger
        except LedgerError as error:
            raise type(error)(f"{error}{_means(error, self.ledger_file)}") from error

    def missing_ledger(self) -> Path | None:
        """The file of the ledger where it is not there, or may not be seen; None where it is, or is to be in none."""
        file = self.ledger_file
        return file if file is not None and not os.path.exists(file) else None

    @property
    def shared_ledger(self) -> str:
        """The URL of a ledger that services on several machines may share; empty where it is in a file."""
        return self._ledger_url if self._ledger_url.startswith(POSTGRES) else ""

    def recall(self, content_hash: str) -> str | None:
        """Find the text of a content that was read before; None when it has none, or the cache gave it up."""
        from connector.wiring.file_readers import Readers

        return Readers(self.settings.text, self.loaded.folder, shared=self.shared_ledger).recall(content_hash)

    @contextmanager
    def roll(self) -> Iterator[Members]:
        """Open the list of who works with a shared ledger, with a connection that does not wait for long."""
        url = self._ledger_url
        ledger = Ledger(f"{url}{'&' if '?' in url else '?'}{IN_TIME}", now=self._clock())
        try:
            yield ledger.members()
        finally:
            ledger.close()

    @property
    def services(self) -> Services:
        """Those that work with the ledger."""
        folder = self.ledger_file.parent if self.ledger_file is not None else None
        return Services(self.shared_ledger, folder, self.ledger, self._clock)

    def orders_file(self) -> OrdersFile:
        """What people ordered to be hidden: beside the ledger, or, where that is in no file of this machine, beside the texts."""
        return OrdersFile(self.beside, clock=self._clock, needed=not self.shared_ledger)

    def last_run(self) -> LastRun:
        """How far the ledger had come when this machine looked last."""
        file = self.ledger_file
        if file is not None:
            return LastRun(self.beside, file.name)
        at = urlsplit(self._ledger_url)
        return LastRun(self.beside, f"{at.hostname or ''}{at.path}")

    def notice_restore(self, ledger: Ledger) -> None:
        """Before anything is done under a lease: a ledger that knows less than this machine gets another name (`LastRun`)."""
        if self.last_run().is_missing_from(ledger):
            ledger.name_anew(now=self._clock())
        if self.last_run().is_of_another(ledger):
            for target in self.settings.targets:
                note_former_gone(ledger.notes(""), target, at=self._clock())

    def keep_beside(self, ledger: Ledger) -> None:
        """Have what is ordered, and how far the ledger has come, stand beside it, too, should it be lost next; orders of both are in both then."""
        self.orders_file().merge(ledger)
        self.last_run().note(ledger)

    @property
    def beside(self) -> Path | None:
        """The folder of what stands beside the ledger; None where that is in memory."""
        if self.shared_ledger:
            return (self.loaded.folder / self.settings.text.cache).parent
        return self.ledger_file.parent if self.ledger_file is not None else None

    def keep_orders(self) -> None:
        """
        Have every order of the ledger in the file beside it, before another one takes its place.

        One that is damaged tells those that can be read, and one of a newer release none that is not in the file.

        Raises:
            LedgerError: the file cannot be read or written, or the ledger not be used now: what people hid would be forgotten with it.
        """
        if self.has_ledger():
            keep_orders(self._ledger_url, self.ledger, OrdersFile(self.beside, clock=self._clock))

    def copies_of_ledger(self) -> list[Path]:
        """Copies of the ledger that stand beside it: of migrations, rebuilds and restores."""
        file = Path(file_at(self._ledger_url) or "/nowhere")
        return sorted(one for one in file.parent.glob(f"{file.name}.*") if one.is_file())

    def has_ledger(self) -> bool:
        """
        Whether there is a ledger yet; nothing is made.

        Raises:
            LedgerError: its database does not answer.
        """
        return is_there(self._ledger_url)

    def ledger_trouble(self) -> str:
        """Say what would keep the ledger from being used; empty where nothing would. Nothing is made or migrated."""
        return trouble_with(self._ledger_url)

    @contextmanager
    def scratch_ledger(self) -> Iterator[Ledger]:
        """Open a copy of the ledger that is thrown away: what a dry run writes down."""
        with self.ledger() as ledger, ledger.copied(now=self._clock()) as copy:
            # asked of the ledger: a run may have gone on with that while it was copied
            if self.last_run().is_missing_from(ledger):
                copy.name_anew(now=self._clock())
            yield copy


def _means(error: LedgerError, file: Path | None) -> str:
    """What it means where, as likely as not, the service cannot use a ledger either, for its disk, its database or a damage; else nothing."""
    if isinstance(error, LedgerAway | LedgerDamaged):
        return f"\n{GOES_ON}"
    return f"\n{GOES_ON}" if file is not None and takes_nothing(file.parent) else ""


def people_rows_read_last(app: Offline, name: str) -> dict[str, str] | None:
    """The rows of the people file of a source as a run read them last; None where none did, or the ledger cannot be asked."""
    with suppress(ConnectorError):
        if app.has_ledger():
            with app.ledger() as ledger:
                return rows_read_last(ledger.notes(name), app.settings.sources[name].people_file())
    return None
