"""
Lists of documents for people: filtered, in pages or walked to the end, counted by why they have no text and by format.

Reads only. A page and the counts read the whole table of documents, about a second per million; nothing asks for them
more often than a person does or a run ends. A walk keeps one page in memory, whatever the number of documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connector.ledger.part import Part, as_json

PAGE = 50
WITHOUT_TEXT = "without-text"
QUARANTINED = "quarantined"
OTHER = "other"
"""The format of a file whose title does not end in one."""
_FORMAT = re.compile(r"(?=[a-z0-9]*[a-z])[a-z0-9]{1,6}")
"""What counts as a format: `pdf` and `mp4`, never `01` of "Rev. 01" or " floor" of "3. floor"."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One document in a list."""

    id: str
    title: str
    kind: str
    source: str
    room: str = ""
    state: str
    """As in the table of documents; `quarantined` where only the quarantine knows it."""
    held_why: str
    held_note: str = ""
    pushed_at: float
    without_text: str
    url: str = ""
    parked: str = ""
    """Why it is in quarantine, in a word for programs; empty where it is not."""
    parked_why: str = ""
    """What a release before 0013 said of it."""
    parked_told: str = ""
    """JSON: what the words of that reason need."""


class Pageful(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list."""

    rows: list[Row]
    more: bool
    """Whether another page follows."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which documents are listed; what is empty does not narrow.

    Attributes:
        words: part of the title (a-z in any letter case), or a whole id (ours or the source's).
        state: live, held or new; `without-text`; `quarantined`.
        reason: why it has no text, is held or is in quarantine: the word for programs.
        room: keys of rooms, as the ledger has them.
        format: how the title ends, without the dot.
    """

    words: str = ""
    source: str = ""
    kind: str = ""
    state: str = ""
    reason: str = ""
    room: tuple[str, ...] = ()
    format: str = ""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How many files of one format there are."""

    format: str
    with_text: int
    without_text: int


class Catalogue(Part):
    """Lists the documents of one target."""

    def page(self, wanted: Wanted, *, page: int = 1) -> Pageful:
        """
        Find documents: those without text by reason and place, others by when they were pushed, the last one first.

        Args:
            page: the first is 1.
        """
        which = "catalogue.page_without_text" if wanted.state == WITHOUT_TEXT else "catalogue.page"
        rows = self._all(which, **_narrowed(wanted), limit=PAGE + 1, skipped=(page - 1) * PAGE)
        return Pageful(rows=[_read(row) for row in rows[:PAGE]], more=len(rows) > PAGE)

    def walk(self, wanted: Wanted) -> Iterator[Row]:
        """Walk all documents that are wanted, those of one folder together."""
        for part in ("catalogue.walk_live", "catalogue.walk_never"):
            path = last = ""
            while rows := self._all(part, **_narrowed(wanted), path=path, last=last, limit=PAGE):
                for *row, at in rows:
                    found = _read(row)
                    path, last = at, found.id
                    yield found

    def count(self, wanted: Wanted) -> int:
        """Count the documents that are wanted."""
        return int(self._one("catalogue.count", **_narrowed(wanted)))

    def reasons(self, wanted: Wanted) -> dict[str, int]:
        """Count the wanted documents that have no text by reason, the most frequent first."""
        return {row[0]: int(row[1]) for row in self._all("catalogue.reasons", **_narrowed(wanted))}

    def unseen(self, rooms: Sequence[str]) -> int:
        """Count the documents of rooms, by their keys, that are in the intranet and that nobody may see."""
        return int(self._one("catalogue.unseen", rooms=as_json(rooms)))

    def formats(self) -> list[Format]:
        """Count the files that were read, or could not be, by format; the most frequent first, those without one last."""
        counts: dict[str, list[int]] = {}
        for ending, has_text, many in self._all("catalogue.formats"):
            name = ending if _FORMAT.fullmatch(ending) else OTHER
            counts.setdefault(name, [0, 0])[not has_text] += many
        told = [Format(format=name, with_text=ours[0], without_text=ours[1]) for name, ours in counts.items()]
        return sorted(
            told, key=lambda one: (one.format == OTHER, -one.with_text - one.without_text, one.format)
        )

    def folders(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Where documents stand, from the community down: the names of their breadcrumbs; nothing of those never pushed."""
        rows = self._all("catalogue.folders", ids=as_json(ids))
        return {row[0]: _crumbs(row[1]) for row in rows}

    def rooms_called(self, word: str) -> list[str]:
        """Keys of the rooms with this key, this name, or the document of this id (ours or the source's)."""
        return [row[0] for row in self._all("catalogue.rooms_called", word=word, lower=word.lower())]

    def kinds(self) -> list[str]:
        """The kinds of document there are."""
        return [row[0] for row in self._all("catalogue.kinds")]


def narrowed(wanted: Wanted) -> dict[str, Any]:
    """What the statements of any list are handed, but for the state; what is empty does not narrow."""
    return {
        "source": wanted.source,
        "kind": wanted.kind,
        "reason": wanted.reason,
        "any_room": not wanted.room,
        "rooms": as_json(wanted.room),
        "ending": f"%.{_plain(wanted.format)}" if wanted.format else "",
        "part": f"%{_plain(wanted.words)}%",
        "word": wanted.words.lower(),
    }


def _narrowed(wanted: Wanted) -> dict[str, Any]:
    return {
        **narrowed(wanted),
        "state": "" if wanted.state in {WITHOUT_TEXT, QUARANTINED} else wanted.state,
        "with_any_text": wanted.state != WITHOUT_TEXT,
        "parked_or_not": wanted.state != QUARANTINED,
    }


def _read(row: Sequence[Any]) -> Row:
    return Row(**dict(zip(Row.__struct_fields__, row, strict=True)))


def _plain(words: str) -> str:
    """Words as LIKE takes them for themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class _Crumb(msgspec.Struct, frozen=True):
    Key: str = ""


class _Placed(msgspec.Struct, frozen=True):
    CrumbLinks: list[_Crumb] = []


def _crumbs(body: bytes) -> list[str]:
    try:
        return [crumb.Key for crumb in msgspec.json.decode(body, type=_Placed).CrumbLinks]
    except msgspec.DecodeError:
        return []
