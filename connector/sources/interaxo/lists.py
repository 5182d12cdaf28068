"""
Lists of one Interaxo host, read page by page to their end.

Collections are bare arrays without a total; `limit` may be capped without a word, for each list in another way, and
which fields a list can be sorted by is not documented. So a short page is an end only where the host gave more rows of
that list before, and a list that will not be sorted is read as it comes: what was seen twice is told apart by its id.
Source: https://api.interaxo.com, Query Parameters; docs/interaxo.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, Protocol, Self, TypeVar

import msgspec

from connector.errors import ListingIncomplete
from connector.http.exchange import Reply
from connector.ports.source import Reading, SourceNotes
from connector.sources.interaxo.calls import Calls, NotAccepted, quoted, room_path
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.wire import Item, Unreadable, parse_items

T = TypeVar("T", bound="HasId")
PAGE = 500
"""Rows asked for at once; what was seen to work on the live system. Hosts may cap it silently."""
SMALL_PAGE = 100
"""Rows asked for where the host refuses more; the default that the vendor tells of one list."""
FEW = 50
"""A page as long as this is never an end by its length alone: a host may have lowered its cap meanwhile."""
BAD_SORT, BAD_LIMIT = "list.invalid_sort_field", "list.invalid_limit_field"
"""Codes of `errors[]`. Source: Interaxo API, Validation errors."""
CHILDREN = "children"
WITHOUT_ID = "row-without-id"

Read = Callable[[Reply], list[T | Unreadable]]


class HasId(Protocol):
    """What two pages of a list can be compared by."""

    @property
    def id(self) -> str: ...


class Rows(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list."""

    new: list[T | Unreadable]
    """What no page before had, each with an id."""
    given: int
    """Rows in the answer; none: the list has ended."""
    seen: int
    """Different rows up to now."""


class Pages(Generic[T]):
    """
    Reads a list page by page to an empty one; whoever knows its end before that stops there.

    No generator: one that is left before its end costs a task that closes it, and most listings are.

    Args:
        ask: reads the rows after the first so many.
        what: how messages call the list.
    """

    def __init__(self, ask: Callable[[int], Awaitable[list[T | Unreadable]]], what: str) -> None:
        self._ask = ask
        self._what = what
        self._seen: set[str] = set()
        self._skip = 0
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Rows[T]:
        """
        Raises:
            ListingIncomplete: it repeats the same page and has no end.
        """
        if self._ended:
            raise StopAsyncIteration
        rows = _with_ids(await self._ask(self._skip))
        seen = self._seen
        new = []
        for row in rows:
            if row.id not in seen:
                seen.add(row.id)
                new.append(row)
        if rows and not new:
            raise ListingIncomplete(
                f"Interaxo repeats the same page of {self._what}, so its listing never ends"
            )
        self._skip += len(rows)
        self._ended = not rows
        return Rows(new, len(rows), len(seen))


class Lists:
    """How one host gives its lists, and what was learnt of each."""

    def __init__(self, calls: Calls, notes: SourceNotes) -> None:
        self._calls = calls
        self._notes = notes
        self._reading = Reading(run=0, thorough=True)
        self._largest: dict[str, int] = {}
        self._refused: dict[str, str] = {}
        """By list: what of the query it does not take (`s`: sort, `l`: so large a limit)."""

    def open(self, reading: Reading) -> None:
        """A new run; a thorough one learns anew what the host may have changed."""
        self._reading = reading
        self._largest.clear()
        self._refused.clear()

    async def whole(
        self,
        name: str,
        path: str,
        read: Read[T],
        *,
        more: Mapping[str, str] | None = None,
        vital: bool = True,
        short_ends: bool = True,
        met: Callable[[list[T | Unreadable]], None] | None = None,
    ) -> list[T | Unreadable]:
        """
        Read a list whose length nothing tells to its end.

        Args:
            short_ends: a page that is shorter than this host can give is the last one; else an empty one is.
            met: is told of what each page has new before the next one is asked for.
        """
        found: list[T | Unreadable] = []
        async for page in Pages(lambda skip: self.page(name, path, read, skip, more=more, vital=vital), path):
            found += page.new
            if met is not None:
                met(page.new)
            if short_ends and page.given < min(self.largest(name), FEW):
                break
            self.learn(name, page.given)
        return found

    def largest(self, name: str) -> int:
        """Rows of the largest page that this host gave of a list: in this run, and of children ever."""
        if name not in self._largest:
            # child_count tells as well where a listing ends; nothing tells where the others do, should the host give less by now
            note = self._notes.get("host", _note(name)) if name == CHILDREN else None
            self._largest[name] = int(note.value) if note else 0
        return self._largest[name]

    def learn(self, name: str, rows: int) -> None:
        """Note how many rows a page had."""
        if rows > self.largest(name):
            self._largest[name] = rows
            if name == CHILDREN:
                self._notes.put("host", _note(name), str(rows).encode(), run=self._reading.run)

    async def page(
        self,
        name: str,
        path: str,
        read: Read[T],
        skip: int,
        *,
        more: Mapping[str, str] | None = None,
        vital: bool = True,
    ) -> list[T | Unreadable]:
        """
        Read one page; without what this kind of list does not take, which is remembered.

        Raises:
            SourceRefused: whatever is left out.
        """
        refused = self._refused_by(name)
        left_out = refused
        while True:
            params: dict[str, str | int] = {**(more or {}), "limit": SMALL_PAGE if "l" in left_out else PAGE}
            if "s" not in left_out:
                params["sort"] = "id"
            if skip:
                params["skip"] = skip
            try:
                rows = await self._calls.get(path, read, params, vital=vital)
            except NotAccepted as error:
                less = _less(left_out, error.codes)
                if not less:
                    raise
                left_out += less
                continue
            if left_out != refused:
                self._refused[name] = left_out
                self._notes.put("host", f"refused-by-{name}", left_out.encode(), run=self._reading.run)
            return rows

    async def children(self, info: RoomInfo, native: str, skip: int) -> list[Item | Unreadable]:
        """Read one page of what stands in a folder or an entry."""
        path = f"{room_path(info)}/content/{quoted(native)}/children"
        return await self.page(CHILDREN, path, lambda reply: self._calls.read(reply, path, parse_items), skip)

    async def all_children(self, info: RoomInfo, native: str) -> list[Item]:
        """List a folder ahead of its turn, to its empty page."""
        found: list[Item] = []
        async for page in Pages(lambda skip: self.children(info, native, skip), native):
            found += [row for row in page.new if isinstance(row, Item)]
        return found

    def _refused_by(self, name: str) -> str:
        if name not in self._refused:
            note = None if self._reading.thorough else self._notes.get("host", f"refused-by-{name}")
            self._refused[name] = note.value.decode() if note else ""
        return self._refused[name]


def _less(refused: str, codes: frozenset[str]) -> str:
    """What to leave out of a query that was answered with 400; errors may come without details (observed)."""
    if "s" not in refused and (BAD_SORT in codes or BAD_LIMIT not in codes):
        return "s"
    if "l" not in refused and (BAD_LIMIT in codes or BAD_SORT not in codes):
        return "l"
    return ""


def _note(name: str) -> str:
    return "largest-page" if name == CHILDREN else f"largest-page-of-{name}"


def _with_ids(rows: list[T | Unreadable]) -> list[T | Unreadable]:
    """Number the rows of a page that have no id, so that they can be told apart; the same on every page, so that a list ends."""
    nameless = 0
    found: list[T | Unreadable] = []
    for row in rows:
        if isinstance(row, Unreadable) and not row.id:
            nameless += 1
            row = msgspec.structs.replace(row, id=f"{WITHOUT_ID}-{nameless}")
        found.append(row)
    return found
