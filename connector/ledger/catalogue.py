"""
Lists of documents for people: filtered, in pages or walked to the end, and what there is of them.

A page costs the same in a ledger of any size: each way to list documents has an index, in whose order so many are looked at,
from where the page before ended. A walk keeps one page in memory. Reads only. How many there are of all: counts.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connector.document.states import DocumentState
from connector.errors import NoSuchPage
from connector.ledger.part import EVERYTHING, Part, as_json
from connector.ledger.titles import Match, fold, match

PAGE = 50
LAST_PAGE = 200
"""Of those that are found by their number alone: what stands before them is passed over."""
COUNTED = 1_000
"""Of what is wanted is counted at most."""
LOOKED_AT = 10_000
"""Documents that one page looks at, at most, to find those that fit."""
AT_ONCE = 1_000
"""Documents of one statement, at most."""
PROBED = 2_000
"""Of the newest documents, to see whether what is wanted is frequent: then the index of titles is no help."""
MOST_CALLED = 1_000
"""Documents of one title that are found, at most."""
WITHOUT_TEXT = "without-text"
QUARANTINED = "quarantined"


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
    kept: bool = False
    """A person decided that it stays on hold."""
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
    """Whether another page follows, or may."""
    next: str = ""
    """Where it begins; empty after the last."""
    second: str = ""
    """Where the second page begins, of what is more than one."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents are wanted, and how many of them have no text, by reason, the most frequent first."""

    documents: int
    at_least: bool
    """There may be more: only the first were counted."""
    reasons: dict[str, int]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to look at documents, in the order of an index."""

    statement: str
    start: tuple[Any, ...] = (EVERYTHING,)
    """The place before the first."""
    values: dict[str, Any] = {}
    which: tuple[str, ...] = ()
    """Of several that one statement has: those there are may be others for the next page."""

    @property
    def name(self) -> list[str]:
        """What a place calls it."""
        return [self.statement.removeprefix("catalogue."), *self.which]


_TITLED = "titled"
_BY_PLACE = (["newest"], ["in_room"], ["of_kind"])
_COLUMNS = len(Row.__struct_fields__)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which documents are listed; what is empty does not narrow.

    Attributes:
        words: part of the title (in any letter case), or a whole id (ours or the source's).
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


class Catalogue(Part):
    """Lists the documents of one target."""

    def page(self, wanted: Wanted, *, page: int = 1, after: str = "") -> Pageful:
        """
        Find documents: those without text by reason and place, others by when they came, the newest first.

        A page looks at `LOOKED_AT` documents at most: it may end before it is full, and says where to go on.

        Args:
            page: the first is 1; with `after` it is of no account.
            after: `next` of the page before; without it the pages before are passed over.
        """
        ways = self._ways(wanted, after)
        passed = 0 if after else (page - 1) * PAGE
        while passed:
            skipped = self._look(wanted, ways, after, most=min(passed, AT_ONCE))
            if not skipped.more:
                return Pageful(rows=[], more=False)
            passed, after = passed - len(skipped.rows), skipped.next
        return self._look(wanted, ways, after, most=PAGE)

    def count(self, wanted: Wanted) -> Count:
        """Count the documents that are wanted, `COUNTED` of them at most."""
        return self.first_page(wanted)[1]

    def first_page(self, wanted: Wanted) -> tuple[Pageful, Count]:
        """The first page of them, and how many there are: one look for both."""
        found = self._look(wanted, self._ways(wanted, ""), "", most=COUNTED)
        reasons = Counter(row.without_text for row in found.rows if row.without_text)
        count = Count(
            documents=len(found.rows),
            at_least=found.more,
            reasons=dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        )
        more = found.more or len(found.rows) > PAGE
        return Pageful(rows=found.rows[:PAGE], more=more, next=found.second if more else ""), count

    def called(self, title: str) -> list[str]:
        """Ids of the documents with this title, in any letter case."""
        asked = self._database.titles_with(match(whole=title))
        rows = self._all(
            "catalogue.called", match=asked, words=fold(title), at_0=EVERYTHING, many=MOST_CALLED
        )
        return [row[0] for row in rows]

    def _look(self, wanted: Wanted, ways: Sequence[Way], after: str, *, most: int) -> Pageful:
        """So many documents from a place on: the name of a way, and what is kept there of its order."""
        number, at = _place(after, ways)
        rows: list[Row] = []
        looked, second = 0, ""
        while number < len(ways):
            way = ways[number]
            many = AT_ONCE if looked else min(most + 1, AT_ONCE)
            found = self._all(
                way.statement,
                **_narrowed(wanted),
                **way.values,
                **{f"at_{one}": value for one, value in enumerate(at or way.start)},
                many=many,
            )
            ended = len(found) < many
            for fits, is_last, *row in found:
                ended = ended and not is_last
                if fits and len(rows) == most:
                    return Pageful(
                        rows=rows, more=True, next=tell_place([ways[number].name, *at]), second=second
                    )
                at = row[_COLUMNS:]
                if fits:
                    rows.append(_read(row[:_COLUMNS]))
                    second = tell_place([ways[number].name, *at]) if len(rows) == PAGE else second
            looked += len(found) if ended else many
            if ended:
                number, at = number + 1, []
            if looked >= LOOKED_AT and number < len(ways):
                place = tell_place([ways[number].name, *at])
                return Pageful(rows=rows, more=True, next=place, second=second or place)
        return Pageful(rows=rows, more=False, second=second)

    def _ways(self, wanted: Wanted, after: str) -> list[Way]:
        """
        The ways that together find everything that is wanted, each by what leaves the fewest to be looked at.

        Args:
            after: a place in one of them.
        """
        if wanted.state == QUARANTINED:
            return [_parked()]
        if wanted.state == WITHOUT_TEXT:
            return [_lacking(wanted)]
        named = Way(statement="catalogue.named", values={"named": False})
        if wanted.state not in {"", DocumentState.LIVE}:
            called = [named, _way("by_state_called", named=True, of_state=wanted.state)]
            return called if wanted.words else [_of_state(wanted.state)]
        if wanted.reason:
            return [_lacking(wanted), _parked(besides=wanted.reason), _of_state(DocumentState.HELD)]
        never = [] if wanted.state or wanted.kind else [_parked(never=True)]
        if wanted.words:
            asked = match(words=wanted.words, ending=f".{wanted.format}" if wanted.format else "")
            return [named, *self._by_title(wanted, asked, after, named=True), *never]
        if wanted.format and not (wanted.room or wanted.kind or wanted.source):
            ending = match(ending=f".{wanted.format}")
            return [*self._by_title(wanted, ending, after, named=False), *never]
        return [*self._by_place(wanted, named=False), *never]

    def _by_title(self, wanted: Wanted, asked: Match, after: str, *, named: bool) -> list[Way]:
        """By the index of titles; what every fortieth document has is found sooner without it. A list goes on as it began."""
        begun = _name_in(after)[:1]
        if begun != [_TITLED] and (begun in _BY_PLACE or self._is_frequent(wanted)):
            return self._by_place(wanted, named=named)
        return [_way(_TITLED, named=named, match=self._database.titles_with(asked))]

    def _is_frequent(self, wanted: Wanted) -> bool:
        newest = {"at_0": EVERYTHING, "many": PROBED, "enough": PAGE}
        return bool(self._one("catalogue.frequent", **narrowed(wanted), **newest) == PAGE)

    def _by_place(self, wanted: Wanted, *, named: bool) -> list[Way]:
        """By room, or by source and kind; or all of them."""
        if wanted.room:
            return [_way("in_room", room, named=named, here=room) for room in wanted.room]
        if wanted.kind or wanted.source:
            return [
                _way("of_kind", source, kind, named=named, of_source=source, of_kind=kind)
                for source, kind in self.kinds()
                if wanted.source in {"", source} and wanted.kind in {"", kind}
            ]
        return [_way("newest", named=named)]

    def walk(self, wanted: Wanted) -> Iterator[Row]:
        """Walk all documents that are wanted, those of one folder together; what is in quarantine as its pages list it."""
        if wanted.state == QUARANTINED:
            yield from self._walk_pages(wanted)
            return
        for part in ("catalogue.walk_live", "catalogue.walk_never"):
            path = last = ""
            while rows := self._all(part, **_narrowed(wanted), path=path, last=last, limit=PAGE):
                for *row, at in rows:
                    found = _read(row)
                    path, last = at, found.id
                    yield found

    def _walk_pages(self, wanted: Wanted) -> Iterator[Row]:
        """All pages of a list, one after the other."""
        found = self.page(wanted)
        yield from found.rows
        while found.more:
            found = self.page(wanted, after=found.next)
            yield from found.rows

    def never_sent(self) -> int:
        """Count what is in quarantine and was never in the intranet."""
        return int(self._one("catalogue.never_sent"))

    def count_in(self, rooms: Sequence[str], states: Sequence[str]) -> int:
        """Count the documents of rooms, by their keys, that are in one of some states."""
        return int(self._one("catalogue.count_in", rooms=as_json(rooms), states=as_json(states)))

    def reasons_in(self, rooms: Sequence[str]) -> dict[str, int]:
        """Count the documents of rooms, by their keys, that have no text by reason, the most frequent first."""
        return {row[0]: int(row[1]) for row in self._all("catalogue.reasons_in", rooms=as_json(rooms))}

    def unseen(self, rooms: Sequence[str]) -> int:
        """Count the documents of rooms, by their keys, that are in the intranet and that nobody may see."""
        return int(self._one("catalogue.unseen", rooms=as_json(rooms)))

    def folders(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Where documents stand, from the community down: the names of their breadcrumbs; nothing of those never pushed."""
        rows = self._all("catalogue.folders", ids=as_json(ids))
        return {row[0]: _crumbs(row[1]) for row in rows}

    def rooms_called(self, word: str) -> list[str]:
        """Keys of the rooms with this key, this name, or the document of this id (ours or the source's)."""
        return [row[0] for row in self._all("catalogue.rooms_called", word=word, lower=fold(word))]

    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of document that each source has: (source, kind)."""
        found: list[tuple[str, str]] = []
        source = ""
        while rows := self._all("catalogue.next_source", of_source=source, limit=1):
            while rows:
                source, kind = rows[0]
                found.append((source, kind))
                rows = self._all("catalogue.next_kind", of_source=source, of_kind=kind, limit=1)
        return found


def _way(statement: str, *which: str, named: bool = False, **values: Any) -> Way:
    """Through documents, the newest first."""
    return Way(statement=f"catalogue.{statement}", values={"named": named, **values}, which=which)


def _of_state(state: str) -> Way:
    return _way("by_state", of_state=state)


def _lacking(wanted: Wanted) -> Way:
    """Through what has no text, by place."""
    if wanted.reason:
        return Way(statement="catalogue.without_text_for", start=("", ""), values={"named": False})
    return Way(statement="catalogue.without_text", start=("", "", ""), values={"named": False})


def _parked(*, never: bool = False, besides: str = "") -> Way:
    """
    Through the quarantine, by id.

    Args:
        never: only what was never in the intranet.
        besides: what has this reason otherwise is told already.
    """
    values = {"all_parked": not never, "besides": besides}
    return Way(statement="catalogue.parked", start=("",), values=values)


def _place(told: str, ways: Sequence[Way]) -> tuple[int, list[Any]]:
    """
    Read where a page begins: the number of a way, and where it goes on; empty: at the beginning.

    Raises:
        NoSuchPage: it is in none of these ways.
    """
    if not told:
        return 0, []
    name = _name_in(told)
    number = next((at for at, way in enumerate(ways) if way.name == name), None)
    if number is None:
        raise _no_place()
    _, *at = _read_list(told)
    return number, list(read_place(tell_place(at), ways[number].start)) if at else []


def _name_in(told: str) -> list[Any]:
    """What a place calls its way; empty where it is none."""
    name = next(iter(_read_list(told)), None)
    return name if isinstance(name, list) else []


def read_place(told: str, start: tuple[Any, ...]) -> tuple[Any, ...]:
    """
    Read where a page begins, as its address says it; empty: at the start.

    Raises:
        NoSuchPage: it is no place of this kind.
    """
    if not told:
        return start
    at = _read_list(told)
    fits = len(at) == len(start) and all(
        type(one) is type(other)
        and (not isinstance(one, int) or -EVERYTHING <= one <= EVERYTHING)
        and (not isinstance(one, str) or "\0" not in one)  # which no text of PostgreSQL may hold
        for one, other in zip(at, start, strict=True)
    )
    if not fits:
        raise _no_place()
    return tuple(at)


def _no_place() -> NoSuchPage:
    return NoSuchPage(
        "This is no place of this list: take the one that the page before tells, with the same filters"
    )


def tell_place(at: Sequence[Any]) -> str:
    """Say where a page begins."""
    return msgspec.json.encode(at).decode()


def _read_list(told: str) -> list[Any]:
    try:
        return msgspec.json.decode(told or "[]", type=list[Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return []


def narrowed(wanted: Wanted) -> dict[str, Any]:
    """What the statements of any list are handed, but for the state; what is empty does not narrow."""
    return {
        "source": wanted.source,
        "kind": wanted.kind,
        "reason": wanted.reason,
        "any_room": not wanted.room,
        "rooms": as_json(wanted.room),
        "ending": f"%.{_plain(fold(wanted.format))}" if wanted.format else "",
        "part": f"%{_plain(fold(wanted.words))}%",
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
    told = dict(zip(Row.__struct_fields__, row, strict=True))
    return Row(**{**told, "kept": bool(told["kept"])})


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
