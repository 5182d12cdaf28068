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
from sqlalchemy import Connection, text

PAGE = 50
WITHOUT_TEXT = "without-text"
QUARANTINED = "quarantined"
OTHER = "other"
"""The format of a file whose title does not end in one."""
_FORMAT = re.compile(r"(?=[a-z0-9]*[a-z])[a-z0-9]{1,6}")
"""What counts as a format: `pdf` and `mp4`, never `01` of "Rev. 01" or " floor" of "3. floor"."""
_COLUMNS = "id, title, kind, source, room, state, held_why, held_note, pushed_at, without_text, url, parked, parked_why"
_LIVE = """
    SELECT d.id, d.title, d.kind, d.source, d.room, d.state, d.held_why, d.held_note, d.pushed_at, d.without_text, d.url,
           d.path, d.native, COALESCE(q.reason, '') AS parked, COALESCE(q.message, '') AS parked_why
    FROM documents d LEFT JOIN quarantine q ON q.target=d.target AND q.id=d.id
    WHERE d.target=:target AND d.state!='removed'
"""
_NEVER = f"""
    SELECT q.id, q.title, '' AS kind, q.source, q.room, '{QUARANTINED}' AS state, '' AS held_why, '' AS held_note, 0 AS pushed_at,
           '' AS without_text, '' AS url, '' AS path, q.native, q.reason AS parked, q.message AS parked_why
    FROM quarantine q WHERE q.target=:target
    AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.target=q.target AND d.id=q.id AND d.state!='removed')
"""
"""In quarantine, and never in the intranet."""
_ENDING = "lower(replace(d.title, rtrim(d.title, replace(d.title, '.', '')), ''))"
_FORMATS = f"""
    SELECT CASE WHEN d.title LIKE '%.%' THEN substr({_ENDING}, 1, 7) ELSE '' END, d.without_text='', count(*)
    FROM documents d JOIN bodies b ON b.document=d.number
    WHERE d.target=:target AND d.state!='removed' AND (d.without_text!='' OR b.text_key!='')
    GROUP BY 1, 2
"""


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


class Catalogue:
    """Lists the documents of one target."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        self._target = target

    def page(self, wanted: Wanted, *, page: int = 1) -> Pageful:
        """
        Find documents: those without text by reason and place, others by when they were pushed, the last one first.

        Args:
            page: the first is 1.
        """
        where, values = _narrowed(wanted)
        order = "without_text, path, id" if wanted.state == WITHOUT_TEXT else "pushed_at DESC, id"
        rows = self._all(
            f"SELECT {_COLUMNS} FROM ({_LIVE} UNION ALL {_NEVER}) WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset",
            **values,
            limit=PAGE + 1,
            offset=(page - 1) * PAGE,
        )
        return Pageful(rows=[Row(**row._mapping) for row in rows[:PAGE]], more=len(rows) > PAGE)

    def walk(self, wanted: Wanted) -> Iterator[Row]:
        """Walk all documents that are wanted, those of one folder together."""
        where, values = _narrowed(wanted)
        for part, after in ((_LIVE, "(d.path, d.id)>(:path, :last)"), (_NEVER, "('', q.id)>(:path, :last)")):
            path = last = ""
            while True:
                rows = self._all(
                    f"SELECT {_COLUMNS}, path FROM ({part} AND {after}) WHERE {where} ORDER BY path, id LIMIT :limit",
                    **values,
                    path=path,
                    last=last,
                    limit=PAGE,
                )
                for row in rows:
                    yield Row(**{name: row._mapping[name] for name in Row.__struct_fields__})
                if len(rows) < PAGE:
                    break
                path, last = rows[-1]._mapping["path"], rows[-1]._mapping["id"]

    def count(self, wanted: Wanted) -> int:
        """Count the documents that are wanted."""
        where, values = _narrowed(wanted)
        rows = self._all(f"SELECT count(*) FROM ({_LIVE} UNION ALL {_NEVER}) WHERE {where}", **values)
        return int(rows[0][0])

    def reasons(self, wanted: Wanted) -> dict[str, int]:
        """Count the wanted documents that have no text by reason, the most frequent first."""
        where, values = _narrowed(wanted)
        rows = self._all(
            f"SELECT without_text, count(*) AS many FROM ({_LIVE}) WHERE {where} AND without_text!=''"
            " GROUP BY without_text ORDER BY many DESC, without_text",
            **values,
        )
        return {row[0]: int(row[1]) for row in rows}

    def formats(self) -> list[Format]:
        """Count the files that were read, or could not be, by format; the most frequent first, those without one last."""
        counts: dict[str, list[int]] = {}
        for ending, has_text, many in self._all(_FORMATS):
            name = ending if _FORMAT.fullmatch(ending) else OTHER
            counts.setdefault(name, [0, 0])[not has_text] += many
        told = [Format(format=name, with_text=ours[0], without_text=ours[1]) for name, ours in counts.items()]
        return sorted(
            told, key=lambda one: (one.format == OTHER, -one.with_text - one.without_text, one.format)
        )

    def folders(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Where documents stand, from the community down: the names of their breadcrumbs; nothing of those never pushed."""
        rows = self._all(
            "SELECT d.id, b.body FROM documents d JOIN bodies b ON b.document=d.number"
            " WHERE d.target=:target AND d.id IN (SELECT value FROM json_each(:ids))",
            ids=msgspec.json.encode(ids).decode(),
        )
        return {row[0]: _crumbs(row[1]) for row in rows}

    def rooms_called(self, word: str) -> list[str]:
        """Keys of the rooms with this key, this name, or the document of this id (ours or the source's)."""
        rows = self._all(
            "SELECT key FROM rooms WHERE target=:target AND (key=:word OR lower(name)=:lower)"
            " UNION SELECT room FROM documents WHERE target=:target AND container='' AND id=:lower",
            word=word,
            lower=word.lower(),
        )
        return [row[0] for row in rows]

    def kinds(self) -> list[str]:
        """The kinds of document there are."""
        return [
            row[0]
            for row in self._all(
                "SELECT DISTINCT kind FROM documents WHERE target=:target AND state!='removed' ORDER BY kind"
            )
        ]

    def _all(self, statement: str, **values: Any) -> Sequence[Any]:
        rows = self._db.execute(text(statement), {"target": self._target, **values}).all()
        self._db.rollback()
        return rows


def _narrowed(wanted: Wanted) -> tuple[str, dict[str, str]]:
    """The condition on the list's columns, and its values."""
    where = ["true"]
    if wanted.source:
        where.append("source=:source")
    if wanted.kind:
        where.append("kind=:kind")
    if wanted.state == WITHOUT_TEXT:
        where.append("without_text!=''")
    elif wanted.state == QUARANTINED:
        where.append("parked!=''")
    elif wanted.state:
        where.append("state=:state")
    if wanted.reason:
        where.append("(without_text=:reason OR held_why=:reason OR parked=:reason)")
    if wanted.room:
        where.append("room IN (SELECT value FROM json_each(:rooms))")
    if wanted.format:
        where.append("title LIKE :ending ESCAPE '\\'")
    if wanted.words:
        where.append("(title LIKE :part ESCAPE '\\' OR id=:word OR native=:word)")
    return " AND ".join(where), {
        "source": wanted.source,
        "kind": wanted.kind,
        "state": wanted.state,
        "reason": wanted.reason,
        "rooms": msgspec.json.encode(wanted.room).decode(),
        "ending": f"%.{_plain(wanted.format)}",
        "part": f"%{_plain(wanted.words)}%",
        "word": wanted.words.lower(),
    }


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
