"""
Reads a list of ITR to its end, and proves the end: a swallowed SQL error looks like an empty page.

Pages are ordered by ID (all other orders have ties, and pages then overlap or miss rows). A short page is
no end. After an empty page the list is asked from its last key on: the end is where the answer is exactly
that row. Source: docs/itr.md, lists (observed).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

import msgspec

from connector.errors import ListingIncomplete, RecordGone, SourceUnavailable
from connector.http import Reply
from connector.sources.itr import wire
from connector.sources.itr.account import Account
from connector.sources.itr.kinds import CLIENT, KINDS, MASTER
from connector.sources.itr.wire import Login, Record, Row, Unreadable

T = TypeVar("T", bound=Row)
UNKNOWN = "ffffffff-ffff-4fff-bfff-ffffffffffff"
"""A key that no record has."""
PAGE = 200
"""Rows of one call; the server has no maximum, the vendor's client asks for 25."""


def database_headers(database: str) -> dict[str, str]:
    """Choose one database; both at once would give two pages in one."""
    master = database == MASTER
    return {"IncludeMaster": "Y" if master else "N", "IncludeClient": "N" if master else "Y"}


class Lists:
    """The lists of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def pages(
        self, path: str, kind: type[T], database: str, *, names: tuple[str, ...] = (), where: str = ""
    ) -> AsyncIterator[list[Record | Unreadable]]:
        """
        Read a list to its proven end; each row once.

        Args:
            names: further fields to read.
            where: one condition, `Column=value`; a column named twice would mean either of the two, and all before it.

        Raises:
            ListingIncomplete: its end is not proven.
            SourceUnavailable, SourceRefused: it broke off.
        """
        seen: set[str] = set()
        last = ""
        number = 0
        while True:
            rows = await self._page(path, kind, database, names, page=number, where=where)
            if not rows:
                break
            fresh = self._fresh(rows, seen, path)
            last = max(last, *(_key(row) for row in rows))
            number += 1
            yield fresh
        if not last:
            await self._believe_empty(path, kind, database, names, where)
            return
        while True:
            after = f"ID>={last}" + (f",{where}" if where else "")
            rows = await self._page(path, kind, database, names, page=0, where=after)
            if [_key(row) for row in rows] == [last]:
                return
            if last not in {_key(row) for row in rows}:
                raise ListingIncomplete(
                    f"ITR's list {path} stops, but its last row is not found again: its end is not proven"
                )
            fresh = self._fresh(rows, seen, path)
            last = max(_key(row) for row in rows)
            yield fresh

    async def at_once(
        self, path: str, endpoint: str, kind: type[T], names: tuple[str, ...] = ()
    ) -> list[Record | Unreadable]:
        """Read a short list below one record in one call, without pages."""
        headers = {"StartPage": "-1", "Sort": "ID", **database_headers(CLIENT)}
        return await self._account.read(path, endpoint, self._reader(path, kind, CLIENT, names), headers)

    async def is_well(self, database: str) -> bool:
        """
        Whether token, rights and database are as they should be: a list known to be non-empty is not empty.

        The own login stands in the company's database, the own company in the master's.
        """
        account = self._account
        if not await account.token_is_good():
            return False
        if database == MASTER:
            return account.company_key in {str(one.id) for one in await account.companies()}
        where = f"ID={account.login_key}"
        rows = await self._page("/logins", Login, database, (), page=0, where=where)
        return account.login_key in {_key(row) for row in rows}

    async def _believe_empty(
        self, path: str, kind: type[T], database: str, names: tuple[str, ...], where: str
    ) -> None:
        """Read an empty list once more between two signs that the server and its database are well."""
        before = await self.is_well(database) and await self._table_answers(path, database)
        rows = await self._page(path, kind, database, names, page=0, where=where)
        if not before or rows or not await self.is_well(database):
            raise ListingIncomplete(
                f"ITR's list {path} is empty, without a sign that the server and its database are well: it is not believed"
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

    @staticmethod
    def _fresh(rows: list[Record | Unreadable], seen: set[str], path: str) -> list[Record | Unreadable]:
        fresh = [row for row in rows if _key(row) not in seen]
        if not fresh:
            raise ListingIncomplete(f"ITR repeats the same page of {path}; the list has no end")
        fresh = list({_key(row): row for row in fresh}.values())
        seen.update(_key(row) for row in fresh)
        return fresh

    async def _page(
        self, path: str, kind: type[T], database: str, names: tuple[str, ...], *, page: int, where: str
    ) -> list[Record | Unreadable]:
        headers: Mapping[str, str] = {
            "StartPage": str(page),
            "PageSize": str(PAGE),
            "Sort": "ID",
            **database_headers(database),
            **({"Filter": where} if where else {}),
        }
        return await self._account.read(path, path, self._reader(path, kind, database, names), headers)

    def _reader(
        self, path: str, kind: type[T], database: str, names: tuple[str, ...]
    ) -> Callable[[Reply], list[Record | Unreadable]]:
        wanted = 1 if database == MASTER else 0

        def read(reply: Reply) -> list[Record | Unreadable]:
            raws = self._account.decode(path, list[msgspec.Raw])(reply)
            try:
                rows = wire.parse_rows(reply.body, kind)
            except msgspec.DecodeError as error:
                raise ListingIncomplete(f"ITR's list {path} holds a row without an id: {error}") from error
            records: list[Record | Unreadable] = []
            for row, raw in zip(rows, raws, strict=True):
                if isinstance(row, Unreadable):
                    records.append(row)
                    continue
                if row.dbsource not in {None, wanted}:
                    raise ListingIncomplete(
                        f"ITR answered {path} from another database than the {database}'s; the answer says nothing about it"
                    )
                records.append(Record(row, tuple(sorted(wire.parse_named(bytes(raw), names).items()))))
            return records

        return read


def _key(row: Record | Unreadable) -> str:
    return row.key if isinstance(row, Unreadable) else row.row.key
