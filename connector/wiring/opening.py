"""
How the settings' sources, targets and texts are opened: each gets plain values, and what it may lean on.

Clients and texts are loaded when they are opened, so that a verb loads no more of them than it needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from copy import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from connector.document.ids import document_id
from connector.errors import SettingsError
from connector.http.tokens import Tokens
from connector.ledger.database import file_at
from connector.ledger.orders import KEEPS_OUT, OrderKind, Orders
from connector.ledger.store import Ledger
from connector.people.file import PeopleFile, PeopleRows, read_or_recall, read_people_file
from connector.ports.matching import key_id, record_id
from connector.settings import Loaded
from connector.sources.kind import Surroundings
from connector.sources.quiet_hours import leave_no_minute
from connector.wiring.matching import matching_of
from connector.wiring.offline import Clock, Offline, people_rows_read_last

if TYPE_CHECKING:
    from connector.http.call_policy import CallPolicy
    from connector.http.exchange import Observer
    from connector.http.network import Network
    from connector.http.stored_pauses import Notes
    from connector.ports.source import Source
    from connector.target.client import Interact
    from connector.text.service import TextService
    from connector.wiring.file_readers import Readers


class Opening(Offline):
    """A connector whose neighbours can be opened. Opens nothing by itself."""

    def __init__(
        self,
        loaded: Loaded,
        *,
        clock: Clock | None = None,
        observer: Observer | None = None,
        with_lists: bool = True,
        checked: bool = True,
    ) -> None:
        """
        Args:
            with_lists: whether the lists of people that the settings name have to be there, or to have been: whoever hides something
                needs none.
            checked: whether sources and hours have to be right; whoever only tells of what is wrong needs neither.
        """
        super().__init__(loaded, clock=clock)
        self._observer = observer
        self._stopping: Callable[[], bool] | None = None
        self._readers: Readers | None = None
        self._tokens = Tokens()
        self._network = self._network_of()
        if not checked:
            return
        for name, part in self.settings.sources.items():
            loaded.kind_of(name).check(name, part)
            if with_lists:
                self._check_people_file(name)
        for target in self.settings.targets:
            self._check_quiet(target)

    def must_read_owners(self) -> None:
        """
        Read the list of owners of rooms, by which no run goes: who is to get the week's mail.

        Raises:
            SettingsError: it cannot be read.
        """
        if owners := self.settings.notify.owners:
            from connector.notify.digest import read_owners

            read_owners(self.loaded.folder / owners, "notify.owners")

    def _check_quiet(self, target: str) -> None:
        """
        Raises:
            SettingsError: a full run into a target could never begin, or never end.
        """
        hours = {name: self.settings.sources[name].quiet_hours() for name in self.sources_of(target)}
        *others, last = [name for name, one in hours.items() if one] or [""]
        if others and leave_no_minute(hours.values()):
            raise SettingsError(
                f"sources.{last}.quiet",
                f"with the quiet hours of {', '.join(f'sources.{one}' for one in others)} no minute of the day is left for a full run "
                f"into {target}, which reads all of them",
                origin=self.loaded.file,
            )

    def stopped_by(self, stopping: Callable[[], bool]) -> Self:
        """The same connector, whose pauses between calls end with `Stopped` once it is to stop."""
        same = self._alike()
        same._stopping = stopping
        return same

    def _alike(self) -> Self:
        """What was checked when it was made is not looked at again."""
        self._readers_of()  # one for both
        return copy(self)

    def changed(self, loaded: Loaded) -> Opening:
        """The same connector with other settings of sources and targets; whoever hears of its calls hears of these as well."""
        same = copy(self)
        same.loaded, same.settings, same._readers = loaded, loaded.settings, None
        return same

    def _network_of(self) -> Network:
        """
        Raises:
            SettingsError: a proxy that cannot be used, or certificates that cannot be read.
        """
        from connector.http.network import Network

        http = self.settings.http
        network = Network(
            proxy=http.proxy,
            proxy_password=http.proxy_password.get_secret_value(),
            ca_file=str(self.loaded.folder / http.ca_file) if http.ca_file else "",
            max_answer_bytes=http.max_answer_bytes,
        )
        network.check([*self.addresses()])
        return network

    @property
    def network(self) -> Network:
        """How hosts are reached."""
        return self._network

    def addresses(self) -> Iterator[str]:
        """Every address of the settings that is called."""
        for target in self.settings.targets.values():
            yield target.base_url
        for source in self.settings.sources.values():
            yield from source.addresses()
        if webhook := self.settings.notify.webhook.get_secret_value():
            yield webhook
        if self.settings.canary.reader == "web":
            yield from filter(None, (self.settings.canary.search_url, self.settings.canary.token_url))

    def way_to(self, url: str) -> str:
        """How an address is reached, in words; empty: straight, with the machine's own certificates."""
        return self._network.words_for(url)

    @contextmanager
    def lock(self, key: str, *, needed: bool = True) -> Iterator[None]:
        """
        Hold the machine's lock on a target.

        Where services share a ledger its lease decides among them; whoever works on the target with another ledger is kept
        out all the same.
        """
        from connector.machine.lock import only_here

        file, shared = file_at(self._ledger_url), ""
        if self.shared_ledger:
            from connector.machine.postgresql import place_of  # needs the extra `cluster`

            shared = place_of(self.shared_ledger)
        with ExitStack() as held:
            if needed:
                held.enter_context(only_here(key, Path(file).parent if file else None, shared=shared))
            yield

    @asynccontextmanager
    async def source(
        self, name: str, ledger: Ledger, texts: TextService | None = None, rows: PeopleRows | None = None
    ) -> AsyncIterator[Source]:
        """
        Make a source ready to be opened by a run; without `texts` no file is read.

        Args:
            rows: of its people file; None: they are read now.

        Raises:
            SettingsError: its people file cannot be read, and never was.
        """
        part, http, notes = self.settings.sources[name], self.settings.http, ledger.notes(name)
        rows = self.people_rows(name, ledger) if rows is None else rows
        kept_out = partial(_kept_out, ledger.orders(self.loaded.target_of(name)), part.id_prefix)
        around = Surroundings(
            name=name,
            folder=self.loaded.folder,
            people_file=rows.addresses,
            people_file_unread=bool(rows.unread),
            notes=notes,
            grants=ledger.grants(name),
            network=self._network,
            timeout_s=http.timeout_s,
            policy=self._call_policy_of(notes),
            texts=texts,
            max_file_bytes=self.settings.text.max_file_bytes,
            tokens=self._tokens,
            kept_out=partial(kept_out, KEEPS_OUT),
            forgotten=partial(kept_out, {OrderKind.FORGET}),
            set_by=ledger.clock_changes().set_by,
        )
        async with self.loaded.kind_of(name).open(part, around) as source:
            yield source

    @asynccontextmanager
    async def target(
        self, name: str, ledger: Ledger | None = None, *, lasting: bool = False
    ) -> AsyncIterator[Interact]:
        """
        Make a target ready to be written; with a ledger it waits for what an earlier run was asked to wait for.

        Args:
            lasting: what is written stays through the end of every session, whatever `sessions` says.
        """
        from connector.http.aiohttp_transport import open_for_writing
        from connector.target.api import Connector
        from connector.target.client import Interact, Writing
        from connector.target.format import InteractFormat

        part, http = self.settings.targets[name], self.settings.http
        async with open_for_writing(part.concurrency + 2, http.timeout_s, self._network) as client:
            yield Interact(
                client,
                name=name,
                connector=Connector(
                    base_url=part.base_url,
                    tenant=part.tenant,
                    app_id=part.app_id,
                    api_key=part.api_key.get_secret_value(),
                ),
                writing=Writing(
                    format=InteractFormat(
                        sessions=part.sessions and not lasting,
                        encoding=self.settings.text.encoding,
                        max_text_bytes=self.settings.text.max_text_bytes,
                    ),
                    match=part.people.match,
                    session_timeout_s=http.session_timeout_s,
                ),
                policy=self._call_policy_of(ledger.notes(f"target {name}") if ledger is not None else None),
            )

    @asynccontextmanager
    async def texts(self) -> AsyncIterator[TextService]:
        """Open the text cache, and a pool of readers whose processes start with the first file."""
        async with self._readers_of().texts() as texts:
            yield texts

    async def readers_trouble(self) -> str:
        """Say what keeps the readers of files from starting; empty where nothing does."""
        return await self._readers_of().trouble()

    def _readers_of(self) -> Readers:
        """One for all that this process does with these settings: runs and OCR share its memory."""
        from connector.wiring.file_readers import Readers

        if self._readers is None:
            self._readers = Readers(self.settings.text, self.loaded.folder, shared=self.shared_ledger)
        return self._readers

    def share_readers(self, other: Opening) -> None:
        """Read files with another one's readers, where the settings want the same: both together take no more memory than one."""
        same = self.settings.text == other.settings.text and self.loaded.folder == other.loaded.folder
        if same and self.shared_ledger == other.shared_ledger:
            self._readers = other._readers_of()

    def read_people_file(self, name: str) -> PeopleFile | None:
        """
        The people file of a source, as it is now; None where it has none.

        Raises:
            SettingsError: it cannot be read.
        """
        file = self.settings.sources[name].people_file()
        return read_people_file(self.loaded.folder / file, f"sources.{name}.people") if file else None

    def people_rows(self, name: str, ledger: Ledger) -> PeopleRows:
        """
        The rows of the people file of a source, as they were read last where it cannot be read now; nothing is kept of who was forgotten.

        Raises:
            SettingsError: it cannot be read, and never was.
        """
        file, target = self.settings.sources[name].people_file(), self.loaded.target_of(name)
        if not file:
            return PeopleRows({})
        forgotten = ledger.people(target).forgotten()
        matching = matching_of(self.settings.targets[target].people)

        def was_forgotten(identifier: str, address: str) -> bool:
            return not forgotten.isdisjoint(
                {record_id(matching.normalise(address)), key_id(name, identifier)}
            )

        return read_or_recall(
            self.loaded.folder,
            file,
            f"sources.{name}.people",
            ledger.notes(name),
            leave_out=was_forgotten,
        )

    def _check_people_file(self, name: str) -> None:
        """
        Raises:
            SettingsError: the people file of a source cannot be read, and no run ever did.
        """
        try:
            self.read_people_file(name)
        except SettingsError:
            if people_rows_read_last(self, name) is None:
                raise

    def _call_policy_of(self, notes: Notes | None) -> CallPolicy:
        """How hosts are called; pauses that they ask for are kept in notes."""
        from connector.http.call_policy import CallPolicy, NoPauseStore, sleep_until, wait_it_out
        from connector.http.stored_pauses import StoredPauses

        http = self.settings.http
        return CallPolicy(
            attempts=http.attempts,
            backoff_max_s=http.backoff_max_s,
            pauses=StoredPauses(notes) if notes is not None else NoPauseStore(),
            observer=self._observer,
            clock=self._clock,
            sleep=sleep_until(self._stopping) if self._stopping is not None else wait_it_out,
        )


def _kept_out(
    orders: Orders, prefix: str, kinds: Collection[OrderKind], natives: Collection[str]
) -> Collection[str]:
    """Which of some items of a source a person took out of the search, by orders of some kinds."""
    ids = {one: document_id(prefix, one) for one in natives}
    kept_out = orders.kept_out(set(ids.values()), kinds)
    return {one for one, identifier in ids.items() if identifier in kept_out}


def key_of(app: Opening, target: str) -> str:
    """What names the intranet of a target: host, tenant and appid."""
    from connector.target.api import Connector

    part = app.settings.targets[target]
    return Connector(base_url=part.base_url, tenant=part.tenant, app_id=part.app_id, api_key="").key
