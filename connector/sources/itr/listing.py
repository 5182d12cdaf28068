"""
Reads a list of ITR to its end, and proves the end: a swallowed SQL error looks like an empty page.

Pages are ordered by ID (all other orders have ties, and pages then overlap or miss rows). A short page is
no end: the list is asked from its last key on, and its end is where the answer is exactly that row. Only rows
that are missing can lead to a removal, so a list that holds the very rows of one whose end was proven before
may be trusted without a proof of its own. Source: docs/itr.md, lists (observed).
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeGuard, TypeVar
from uuid import UUID

import msgspec

from connector.errors import BROKEN_OFF, ConnectorError, ListingIncomplete, RecordGone, SourceUnavailable
from connector.http.exchange import Reply
from connector.http.json_rows import raw_rows
from connector.sources.itr import wire
from connector.sources.itr.account import Account
from connector.sources.itr.kinds import CLIENT, KINDS, MASTER
from connector.sources.itr.wire import Login, Record, Row, Unreadable

UNKNOWN = "ffffffff-ffff-4fff-bfff-ffffffffffff"
"""A key that no record has."""
PAGE = 200
"""Rows of one call and database; the server has no maximum, the vendor's client asks for 25."""
BY_KEY = "ID"
BACKWARDS = "ID DESC"
"""Any second word sorts backwards (observed)."""
FAST = 1
"""Compression of the rows that are kept: a third of their size for little work."""

Found = dict[str, list[Record | Unreadable]]
"""Rows of one answer, by database."""
Reader = Callable[[Reply], Found]
T = TypeVar("T")


class Managed(NamedTuple):
    """A row by its key, empty where it cannot be read, with who manages it: `ZERO` where it says that nobody does, None where it does not say."""

    key: str
    manager: UUID | None


class Proof(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a list whose end was proven."""

    digest: bytes
    """Hash of its keys, in their order."""
    length: int
    """How long its pages are, as far as it had several; else how long they may be."""


class Listing:
    """
    One list of one database as it was read in this run.

    Its rows are kept packed, some 100 bytes each, so that it is read once for all who need it.

    Args:
        began: when its reading began.
    """

    def __init__(self, kind: type[Row], *, began: float) -> None:
        self.began = began
        self.count = 0
        self.last = ""
        """The highest key."""
        self.last_but_one = ""
        self.proven = False
        """Whether its end was proven in this run."""
        self.trusted = False
        """Whether it holds the very rows of a list whose end was proven in an earlier run."""
        self.nameless = ""
        """Why a row could not be read that has no key: anything that seems to be missing may be that one."""
        self.trouble: ConnectorError | None = None
        """Why it has no proven end."""
        self._keys: set[bytes] = set()
        self._hash = blake2b(digest_size=16)
        self._longest = 0
        self._parts = 0
        self._packed: list[bytes] = []
        self._unpack = msgspec.msgpack.Decoder(
            tuple[list[kind], list[tuple[tuple[str, str], ...]], list[Unreadable]]  # type: ignore[valid-type]
        )

    @property
    def digest(self) -> bytes:
        """Hash of its keys, in their order."""
        return self._hash.digest()

    @property
    def proof(self) -> Proof:
        """What to remember of it once its end is proven."""
        return Proof(self.digest, self._longest if self._parts > 1 else PAGE)

    def equals(self, proof: Proof | None, *, part: int) -> bool:
        """
        Whether it holds the rows of a proven list, and may end here.

        Args:
            part: rows of the page read last: a full one says nothing about what follows.
        """
        return not self.nameless and proof is not None and part < proof.length and proof.digest == self.digest

    def add(self, rows: Sequence[Record | Unreadable], path: str) -> None:
        """
        Keep rows, each once.

        Raises:
            ListingIncomplete: all of them were there before.
        """
        named = self.without_nameless(rows)
        fresh = {key: row for key, row in self._by_key(named).items() if UUID(key).bytes not in self._keys}
        if rows and not named and len(rows) < PAGE:
            return  # a page, and its end, of rows without a key
        if not fresh:
            raise ListingIncomplete(f"ITR repeats the same page of {path}, so the list never ends")
        for key in fresh:
            self._keys.add(UUID(key).bytes)
            self._hash.update(UUID(key).bytes)
        self.count += len(fresh)
        placed = [key for key, row in fresh.items() if is_placed(row)]
        self.last_but_one, self.last = sorted([self.last_but_one, self.last, *placed])[-2:]
        self._longest = max(self._longest, len(rows))
        self._parts += 1
        records = [row for row in fresh.values() if isinstance(row, Record)]
        unreadable = [row for row in fresh.values() if isinstance(row, Unreadable)]
        packed = msgspec.msgpack.encode(
            ([one.row for one in records], [one.named for one in records], unreadable)
        )
        self._packed.append(zlib.compress(packed, FAST))

    def _by_key(self, rows: Sequence[Record | Unreadable]) -> dict[str, Record | Unreadable]:
        """Rows of one page by key; of several with one key nobody can tell whose it is, nor what the others are."""
        found: dict[str, Record | Unreadable] = {}
        for row in rows:
            key = key_of(row)
            first = found.setdefault(key, row)
            if first is not row and first != row:
                self.nameless = self.nameless or f"the id {key}, which several rows have, is not theirs"
                found[key] = wire.several(
                    key, row.dbsource if isinstance(row, Unreadable) else row.row.dbsource
                )
        return found

    def without_nameless(self, rows: Sequence[Record | Unreadable]) -> list[Record | Unreadable]:
        """Leave out rows without a key, and note that there are some."""
        self.nameless = next((row.problem for row in rows if is_nameless(row)), self.nameless)
        return [row for row in rows if not is_nameless(row)]

    def end(self) -> None:
        """Nothing more is added: what only reading needs is given up."""
        self._keys.clear()

    def pages(self) -> Iterator[list[Record | Unreadable]]:
        """Give the rows, some at a time."""
        for packed in self._packed:
            rows, named, unreadable = self._unpack.decode(zlib.decompress(packed))
            yield [*(Record(row, more) for row, more in zip(rows, named, strict=True)), *unreadable]


def database_headers(*databases: str) -> dict[str, str]:
    """Choose databases; of both, one answer holds a page of each."""
    return {
        "IncludeMaster": "Y" if MASTER in databases else "N",
        "IncludeClient": "Y" if CLIENT in databases else "N",
    }


def _page_headers(
    databases: tuple[str, ...], *, number: int = 0, where: str = "", sort: str = BY_KEY, size: int = PAGE
) -> dict[str, str]:
    return {
        "StartPage": str(number),
        "PageSize": str(size),
        "Sort": sort,
        **database_headers(*databases),
        **({"Filter": where} if where else {}),
    }


class Lists:
    """The lists of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._well: set[str] = set()

    def forget(self) -> None:
        """Begin a run: earlier signs of health say nothing about it."""
        self._well.clear()

    async def read(
        self,
        path: str,
        kind: type[Row],
        listings: Mapping[str, Listing],
        *,
        names: tuple[str, ...] = (),
        trusted: Mapping[str, Proof] | None = None,
    ) -> AsyncIterator[None]:
        """
        Read a list of one database, or of both in the same calls, one call a step.

        What keeps the end of one database's list from being known is noted there (`trouble`) and leaves the other alone.

        Args:
            listings: by database, to be filled.
            names: further fields to read.
            trusted: lists of earlier runs whose end was proven.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: it broke off.
        """
        going = dict(listings)
        number = 0
        while going:
            parts = await self.page(path, kind, tuple(going), names=names, number=number)
            yield
            for database, part in parts.items():
                listing = going[database]
                if part:
                    listing.add(part, path)
                listing.trusted = listing.equals((trusted or {}).get(database), part=len(part))
                # of a page of one row nobody can tell whether the next call would not give another one
                if listing.trusted or not part or 1 < len(part) < PAGE:
                    del going[database]
            number += 1
        for database, listing in listings.items():
            if not listing.trusted:
                try:
                    async for _ in self.prove(path, kind, database, listing, names=names):
                        yield
                except BROKEN_OFF as error:
                    listing.trouble = error
            listing.end()

    async def prove(
        self, path: str, kind: type[Row], database: str, listing: Listing, *, names: tuple[str, ...] = ()
    ) -> AsyncIterator[None]:
        """
        Prove the end of a list that was read, one call a step; rows that were not given before are added. Where its last row, or its only one,
        has no key, or none of its own, there is nothing to prove, and the list is not whole.

        Raises:
            ListingIncomplete: it is not proven.
            SourceUnavailable, SourceRefused, RecordHidden: it broke off.
        """
        if not listing.last and listing.nameless:
            return
        if not listing.last:
            await self._believe_empty(path, kind, database, names)
            listing.proven = True
            return
        while True:
            asked = await self.page(path, kind, (database,), names=names, where=f"ID>={listing.last}")
            yield
            rows = listing.without_nameless(asked[database])
            keys = [key_of(row) for row in rows if is_placed(row)]
            if keys == [listing.last]:
                listing.proven = True
                return
            if not rows and listing.last_but_one:
                where = f"ID>={listing.last_but_one}"
                asked = await self.page(path, kind, (database,), names=names, where=where)
                yield
                if [key_of(row) for row in asked[database]] == [listing.last_but_one, listing.last]:
                    listing.nameless = f"the id {listing.last}, which ITR does not find when it is asked for it, may not be its own"
                    return
            if listing.last not in keys:
                raise ListingIncomplete(
                    f"ITR's list {path} ends, but its last row is not found again, so it may be cut off"
                )
            listing.add([row for row in rows if key_of(row) > listing.last], path)

    async def at_once(
        self, path: str, endpoint: str, kind: type[Row], names: tuple[str, ...] = ()
    ) -> list[Record | Unreadable]:
        """Read a short list below one record in one call, without pages."""
        headers = {"StartPage": "-1", "Sort": BY_KEY, **database_headers(CLIENT)}
        return (await self._ask(path, endpoint, self._reader(path, kind, (CLIENT,), names), headers))[CLIENT]

    async def page(
        self,
        path: str,
        kind: type[Row],
        databases: tuple[str, ...],
        *,
        names: tuple[str, ...] = (),
        number: int = 0,
        where: str = "",
        sort: str = BY_KEY,
        size: int = PAGE,
    ) -> Found:
        """
        Read one page of a list; it proves nothing.

        Args:
            where: one condition, `Column>=value`; a column named twice would mean either of the two.
        """
        headers = _page_headers(databases, number=number, where=where, sort=sort, size=size)
        return await self._ask(path, path, self._reader(path, kind, databases, names), headers)

    async def managed(self, kind: str, where: str, sort: str) -> list[Managed]:
        """Read one page of the company's database for who manages its rows; rows of the other database tell nothing, not even their keys."""
        path = f"/{kind}"

        def parse(body: bytes) -> list[Managed]:
            rows = wire.parse_rows(body, wire.ROWS[kind])
            told = [
                Managed(row.key, row.manager if isinstance(row, Unreadable) else wire.manager_told(raw))
                for row, raw in zip(rows, raw_rows(body), strict=True)
            ]
            ours = [row.dbsource in {0, None} for row in rows]
            return [one if here else Managed("", None) for one, here in zip(told, ours, strict=True)]

        headers = _page_headers((CLIENT,), where=where, sort=sort)
        return await self._ask(path, path, lambda reply: self._parsed(path, reply, parse), headers)

    def _parsed(self, path: str, reply: Reply, parse: Callable[[bytes], T]) -> T:
        """Read what a list answered."""
        self._account.answers.check_list(path, reply)
        try:
            return parse(reply.body)
        except msgspec.DecodeError as error:
            raise ListingIncomplete(f"ITR's list {path} holds rows without an id: {error}") from error

    async def _ask(
        self, path: str, endpoint: str, read: Callable[[Reply], T], headers: Mapping[str, str]
    ) -> T:
        """Make one call of a list: whatever it answers, no record is gone by it."""
        try:
            return await self._account.read(path, endpoint, read, headers)
        except RecordGone as error:
            raise SourceUnavailable(
                f"{self._account.neighbour.name}: {path} is a list, and answered as if it were one unknown record"
            ) from error

    async def is_well(self, database: str) -> bool:
        """
        Whether token, rights and database are as they should be: a list known to be non-empty is not empty.

        The own login stands in the company's database, the own company in the master's.
        """
        well = await self._is_well(database)
        self._well = self._well | {database} if well else self._well - {database}
        return well

    async def _is_well(self, database: str) -> bool:
        account = self._account
        if not await account.token_is_good():
            return False
        if database == MASTER:
            return account.company_key in {str(one.id) for one in await account.companies()}
        rows = await self.page("/logins", Login, (database,), where=f"ID={account.login_key}")
        return account.login_key in {key_of(row) for row in rows[database]}

    async def check_lacks(self, path: str, kind: type[Row], database: str, key: str) -> None:
        """
        Make sure that a list lacks a record for which it gave no row: a query that fails has no rows either. What stands behind it, or before it,
        tells so in one answer; else nothing stands there at all.

        Raises:
            ListingIncomplete: it does not.
        """
        for where, sort in ((f"ID>={key}", BY_KEY), (f"ID<={key}", BACKWARDS)):
            asked = await self.page(path, kind, (database,), where=where, sort=sort, size=1)
            if rows := asked[database]:
                if key in map(key_of, rows):
                    raise ListingIncomplete(
                        f"ITR's list {path} has a record only where it is not asked for it alone"
                    )
                return
        await self._believe_empty(path, kind, database, ())

    async def _believe_empty(self, path: str, kind: type[Row], database: str, names: tuple[str, ...]) -> None:
        """Read an empty list once more between two signs that the server and its database are well."""
        # the sign after one empty list is the sign before the next one
        before = (database in self._well or await self.is_well(database)) and await self._table_answers(
            path, database
        )
        rows = (await self.page(path, kind, (database,), names=names))[database]
        if not before or rows or not await self.is_well(database):
            raise ListingIncomplete(
                f"ITR's list {path} is empty, but nothing shows that the server and its database work: it is not trusted"
            )

    async def _table_answers(self, path: str, database: str) -> bool:
        """Whether a query of this very table works: an unknown key is answered 404, and not `500 error`."""
        if path.strip("/") not in KINDS:
            return True
        asked = f"{path}/{UNKNOWN}"
        try:
            await self._account.read(asked, f"{path}/{{id}}", lambda _: None, database_headers(database))
        except RecordGone:
            return True
        except SourceUnavailable:
            return False
        return True

    def _reader(
        self, path: str, kind: type[Row], databases: tuple[str, ...], names: tuple[str, ...]
    ) -> Reader:
        meant: dict[int | None, str] = {1 if database == MASTER else 0: database for database in databases}
        only = next(iter(meant)) if len(meant) == 1 else None

        def read(reply: Reply) -> Found:
            rows = self._parsed(path, reply, lambda body: _with_names(body, kind, names))
            found: dict[str, list[Record | Unreadable]] = {database: [] for database in databases}
            astray: list[int | None] = []
            for row in rows:
                source = row.dbsource if isinstance(row, Unreadable) else row.row.dbsource
                database = meant.get(only if source is None else source)
                if database is not None:
                    found[database].append(row)
                    continue
                astray.append(source)
                # it cannot be told where it stands: so that nothing takes it for missing, it stands everywhere
                if isinstance(row, Record):
                    row = wire.unreadable(
                        row.row, "its dbsource is not one of the databases that were asked", placed=False
                    )
                for one in found.values():
                    one.append(row)
            if rows and len(astray) == len(rows) and {*astray} <= {0, 1, None}:
                raise ListingIncomplete(
                    f"ITR answered {path} from another database than the {databases[0]}'s; the answer says nothing about it"
                )
            return found

        return read


def _with_names(data: bytes, kind: type[Row], names: tuple[str, ...]) -> list[Record | Unreadable]:
    """Read the rows of a page, with the fields that the settings name; a row of which one cannot be read, cannot be read."""
    rows = wire.parse_rows(data, kind)
    raws = raw_rows(data) if names else [b""] * len(rows)
    found: list[Record | Unreadable] = []
    for row, raw in zip(rows, raws, strict=True):
        if isinstance(row, Unreadable):
            found.append(row)
            continue
        try:
            found.append(Record(row, tuple(sorted(wire.parse_named(raw, names).items()))))
        except msgspec.DecodeError as error:
            found.append(wire.unreadable(row, str(error)))
    return found


def key_of(row: Record | Unreadable) -> str:
    """The key of a row, whether it can be read or not."""
    return row.key if isinstance(row, Unreadable) else row.row.key


def is_placed(row: Record | Unreadable) -> bool:
    """Whether a row tells in which database it stands."""
    return isinstance(row, Record) or row.placed


def is_nameless(row: Record | Unreadable) -> TypeGuard[Unreadable]:
    """Whether a row has no key that can be read."""
    return not key_of(row)


def readable(rows: Iterable[Record | Unreadable]) -> Iterator[Row]:
    """The rows that can be read."""
    return (row.row for row in rows if isinstance(row, Record))
