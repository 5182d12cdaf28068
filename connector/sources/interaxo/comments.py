"""The comments of items, as plain text: kept, since nothing tells when they change. Source: Interaxo API, Comments."""

from __future__ import annotations

from functools import partial

import msgspec

from connector.document.clean import Allowance
from connector.document.ids import digest
from connector.engine.loop_yield import LONG_TEXT, LoopYield
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.http.exchange import Reply
from connector.ports.source import Note, SourceNotes
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls, quoted, room_path
from connector.sources.interaxo.lists import Lists
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import Comment, Item, Unreadable
from connector.text.html import MAX_RICH_CHARS, html_to_text

REFUSED = b"refused"
"""In place of the row that kept words depend on: they were refused when they were read last."""


class Comments:
    """Reads what people said of items."""

    def __init__(
        self, calls: Calls, lists: Lists, notes: SourceNotes, directory: Directory, rotation: Rotation
    ) -> None:
        self._calls = calls
        self._lists = lists
        self._notes = notes
        self._directory = directory
        self._rotation = rotation
        self._loop_yield = LoopYield(LONG_TEXT)

    async def read(self, info: RoomInfo, item: Item) -> str | Unreadable:
        """An item's comments; trouble with them costs that item only, and what stands in it is listed all the same."""
        try:
            return await self._read(info, item)
        except RecordInvalid as error:
            mark = digest([item.digest(), "comments"])
            return Unreadable(item.id, str(error), mark, name=item.name or "")
        except (SourceRefused, SourceUnavailable, ListingIncomplete) as error:
            mark = digest([item.digest(), "comments"])
            return Unreadable(item.id, str(error), mark, passing=True, name=item.name or "")

    async def _read(self, info: RoomInfo, item: Item) -> str:
        """
        An item's comments as plain text; kept, and read again when the row changes, in full runs, and on a rotation.

        Of all of them together MAX_RICH_CHARS are read, in the order of their list.

        Nothing tells which items have comments or when they change (docs/interaxo.md).
        """
        mark = item.digest()
        note = self._notes.get("comments", item.id)
        if note is not None and self._rotation.holds(note, mark, item.id):
            return note.value.decode()
        path = f"{room_path(info)}/content/{quoted(item.id)}/comments"
        allowance = Allowance(MAX_RICH_CHARS)

        def read(reply: Reply) -> list[Comment | Unreadable]:
            if reply.status == 422:
                return []  # this kind of item has no comments
            rows = self._calls.read(reply, path, wire.parse_comments)
            return [_no_longer_than(row, allowance) for row in rows]

        try:
            found = await self._lists.whole("comments", path, read, more={"format": "html"}, vital=False)
        except (RecordGone, RecordHidden):
            if (kept := self._kept_for_once(item.id, note)) is not None:
                return kept
            found = []
        comments = [one for one in found if isinstance(one, Comment)]
        if len(comments) < len(found):
            raise RecordInvalid("one of its comments cannot be read")
        for one in comments:
            self._directory.meet(info.community, one.created_by)
        lines = []
        for one in comments:
            words = one.content or ""
            lines.append(await self._loop_yield.do(partial(html_to_text, words), len(words)))
        text = "\n".join(line for line in lines if line)
        self._notes.put("comments", item.id, text.encode(), mark=mark, run=self._rotation.reading.run)
        return text

    def _kept_for_once(self, native: str, note: Note | None) -> str | None:
        """
        The last known words of an item whose comments are refused, so that the next run asks again; None: there are none.

        A refusal (403, 404) of one moment takes no words away; one that a later run meets again is the answer.
        """
        run = self._rotation.reading.run
        if note is None or not note.value or (note.mark == REFUSED and note.run != run):
            return None
        self._notes.put("comments", native, note.value, mark=REFUSED, run=run)
        return note.value.decode()


def _no_longer_than(row: Comment | Unreadable, allowance: Allowance) -> Comment | Unreadable:
    """A comment as far as it is read, so that nobody keeps the rest of thousands of them."""
    if isinstance(row, Unreadable) or not row.content:
        return row
    return msgspec.structs.replace(row, content=allowance.cut(row.content))
