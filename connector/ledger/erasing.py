"""
What a ledger holds of documents and people that are to be forgotten, and its erasure: in its rows, in what it tells of runs, and in
what of these waits to be told by mail or webhook.

What stays is what keeps them out: an id, which is made of the source's own id, and of people a hash. Nothing of it stays in the
database's free pages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from connector.ledger.notes import Notes
from connector.ledger.part import CHUNK, Part
from connector.ledger.people_rows import erase_rows

ROWS_AT_ONCE = 200
SHORTEST = 4
"""Characters of a title that is looked for in sentences; a shorter one would be found in other words."""
OF_DOCUMENTS = {
    "texts": "removals.forget_body",
    "rows": "erasing.rows",
    "history": "erasing.history",
    "changes": "erasing.changes",
    "quarantine": "quarantine.drop_one",
    "unconfirmed": "removals.forget_unconfirmed",
    "hidden": "erasing.hidden",
    "orders": "erasing.orders",
}
"""What is erased of a document, and by which statement, in this order."""
BLANK = "***"
WAITS_TO_BE_TOLD = "notify"
"""The kind of note that holds what is to be told of runs, by their reasons."""
_TOLD_BY = frozenset({"title", "why", "called", "reason", "words", "message"})
"""Under what a report tells titles."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one document that is to be forgotten, as far as it must be found to be erased."""

    id: str
    source: str = ""
    native: str = ""
    title: str = ""
    text_key: str = ""


class Erasing(Part):
    """Erasure from the ledger, of what one target had."""

    def traces(self, ids: Sequence[str]) -> list[Trace]:
        """What the ledger knows of some documents, wherever it does."""
        rows = [row for one in ids for row in self._all("erasing.traces", id=one)]
        return [
            Trace(id=row[0], source=row[1], native=row[2], title=row[3], text_key=row[4] or "")
            for row in rows
        ]

    def shared_texts(self, keys: Sequence[str]) -> set[str]:
        """Which texts of files other documents have, too."""
        return {one for one in keys if self._all("erasing.text_is_used", key=one)}

    def documents(self, traces: Sequence[Trace], beside: Callable[[], None] = lambda: None) -> dict[str, int]:
        """
        Erase documents; says how many rows of each kind were.

        Args:
            beside: erases what notes of other documents tell of them.
        """
        rows = [{"id": one} for one in dict.fromkeys(trace.id for trace in traces)]
        notes = [{"source": one.source, "key": one.native} for one in traces if one.source and one.native]
        titles = sorted({one.title for one in traces if len(one.title) >= SHORTEST}, key=len, reverse=True)
        with self._database.erasing(), self.at_once():
            self._database.note_titles(self._own["target"], [(one["id"], "") for one in rows])
            erased = {name: self._each(statement, rows) for name, statement in OF_DOCUMENTS.items()}
            erased["notes"] = self._each("erasing.notes", notes)
            beside()
            erased["reports"] = self._in_reports({one.id for one in traces}, titles)
            self._database.purge_titles()
        return erased

    def person(
        self, record: str, addresses: Sequence[str], keys: Sequence[tuple[str, str]]
    ) -> dict[str, int]:
        """Erase a person: what sources say of her, her record, and where the history names her."""
        # some sources call her by an address, perhaps of another domain
        called = {key for _, key in keys if "@" in key}
        words = sorted({one for one in addresses if one} | called, key=len, reverse=True)
        with self._database.erasing(), self.at_once():
            self._each("erasing.shares", [{"source": s, "key": k} for s, k in keys])
            self._each("erasing.identities", [{"id": record}])
            self._each("erasing.addresses", [{"id": record}])
            for source in sorted({source for source, _ in keys}):
                erase_rows(Notes(self._database, source), words, [key for one, key in keys if one == source])
            return {
                "shares": len(keys),  # those that went with the order are told, too
                "records": self._each("erasing.records", [{"id": record}]),
                "history": self._each("erasing.people_history", [{"id": record}]),
                "changes": self._each("erasing.changes", [{"id": record}]),
                "names": self._each(
                    "erasing.names", [{"source": s, "key": k, "ending": f"/{k}"} for s, k in keys]
                ),
                "reports": self._in_reports({record}, words) + self._in_quarantine(words),
            }

    def is_told_of(self, record: str, address: str) -> bool:
        """Whether what was done before names a person of whom nothing else is known any more: she has another address by now, say."""
        if self._all("erasing.lost", id=record):
            return True
        last = -1
        while rows := self._database.all("scrub.read_runs", {"last": last, "limit": ROWS_AT_ONCE}):
            if any(_encoded(address) in report for _, report in rows):
                return True
            last = rows[-1][0]
        return False

    def _in_reports(self, ids: Collection[str], titles: Sequence[str]) -> int:
        found, last = 0, -1
        while rows := self._database.all("scrub.read_runs", {"last": last, "limit": ROWS_AT_ONCE}):
            changed = [
                {"key": key, "words": clean}
                for key, report in rows
                if (clean := without(report, ids, titles)) != report
            ]
            if changed:
                self._database.each("scrub.write_runs", changed, {})
            found += len(changed)
            last = rows[-1][0]
        self._in_what_waits(ids, titles)
        return found

    def _in_what_waits(self, ids: Collection[str], titles: Sequence[str]) -> None:
        notes = Notes(self._database, "")
        for key, value in notes.page(WAITS_TO_BE_TOLD, b""):
            if (clean := without(told := value.decode(), ids, titles)) != told:
                notes.put(WAITS_TO_BE_TOLD, key, clean.encode())

    def _in_quarantine(self, words: Sequence[str]) -> int:
        as_json = [_encoded(one) for one in words]
        return self._blank("scrub.read_quarantine", "scrub.write_quarantine", words) + self._blank(
            "scrub.read_told", "scrub.write_told", as_json
        )

    def _blank(self, read: str, write: str, words: Sequence[str]) -> int:
        found, last = 0, ""
        while rows := self._database.all(read, {"last": last, "limit": CHUNK}):
            changed = [
                {"key": key, "words": clean} for key, told in rows if (clean := _blanked(told, words)) != told
            ]
            if changed:
                self._database.each(write, changed, {})
            found += len(changed)
            last = rows[-1][0]
        return found


def without(report: str, ids: Collection[str], titles: Sequence[str]) -> str:
    """A run's report that names none of these any more; the same text where it never did."""
    if not any(one in report for one in ids) and not any(_encoded(one) in report for one in titles):
        return report
    told = msgspec.json.decode(report)
    clean = _clean(told, ids, titles)
    return report if clean == told else msgspec.json.encode(clean).decode()


def _clean(told: Any, ids: Collection[str], titles: Sequence[str]) -> Any:
    if isinstance(told, Mapping):
        named = told.get("id") in ids
        return {
            key: BLANK
            if named and key == "title" and value
            else (
                _blanked(value, titles)
                if key in _TOLD_BY and isinstance(value, str)
                else _clean(value, ids, titles)
            )
            for key, value in told.items()
        }
    if isinstance(told, list):
        return [_blanked(one, titles) if isinstance(one, str) else _clean(one, ids, titles) for one in told]
    return told


def _blanked(words: str, titles: Sequence[str]) -> str:
    for title in titles:
        words = words.replace(title, BLANK)
    return words


def _encoded(words: str) -> str:
    """As it stands in JSON."""
    return msgspec.json.encode(words).decode()[1:-1]
