"""Full-text search over the pushed documents: SQLite FTS5 in memory, blind to case and accents."""

from __future__ import annotations

import sqlite3
import unicodedata
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_SINGLE = {"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h"}
_SNIPPET = 240


class _Folding(dict[int, int]):
    """Character to character, so that positions in folded text are positions in the text."""

    def __missing__(self, code: int) -> int:
        letter = unicodedata.normalize("NFD", chr(code))[0].lower()[:1]
        self[code] = ord(_SINGLE.get(letter, letter) or chr(code))
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Text without case and accents, of the same length; compose it (NFC) first."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: what a person sees of it, and the document itself."""

    id: str
    title: str
    url: str
    type: str
    summary: str
    crumbs: list[tuple[str, str]]
    facets: list[tuple[str, str]]
    modified: str
    author: str
    public: bool
    document: dict[str, Any] = field(repr=False)
    words: str = field(repr=False)
    text: str = field(repr=False)

    @property
    def snippet(self) -> str:
        """A passage of the text, or else of the summary, around a word that was searched for."""
        return cut_snippet([self.text, self.summary], self.words)


class SearchIndex:
    """
    The index of one connector, fed document by document.

    Searched are title, keywords with best bets, summary, facet values, crumb labels and text; the first weigh
    most.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self._database.close)  # a world that is dropped ends nowhere
        self._database.execute(
            "CREATE VIRTUAL TABLE docs USING fts5(title, keywords, summary, facets, crumbs, body,"
            " tokenize='unicode61 remove_diacritics 0')"
        )
        self._numbers: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._last = 0

    def put(self, key: str, document: dict[str, Any], text: str) -> None:
        """Index a document, or index it again; `text` is its body as plain text."""
        self.drop(key)
        self._last += 1
        self._numbers[key], self._ids[self._last] = self._last, key
        best_bets = " ".join(document.get("Bestbets") or [])
        columns = (
            document.get("Title") or "",
            f"{document.get('Keywords') or ''} {best_bets}",
            document.get("Summary") or "",
            " ".join(value for _, value in facet_values(document)),
            " ".join(crumb.get("Key") or "" for crumb in document.get("CrumbLinks") or []),
            text,
        )
        self._database.execute(
            "INSERT INTO docs(rowid, title, keywords, summary, facets, crumbs, body) VALUES (?,?,?,?,?,?,?)",
            (self._last, *(fold(unicodedata.normalize("NFC", column)) for column in columns)),
        )

    def drop(self, key: str) -> None:
        """Take a document out; unknown ids are fine."""
        number = self._numbers.pop(key, None)
        if number is not None:
            del self._ids[number]
            self._database.execute("DELETE FROM docs WHERE rowid = ?", (number,))

    def match(self, words: str) -> list[str]:
        """The ids of all documents that hold every word, best first; without words, all, newest first."""
        terms = folded_terms(words)
        if not terms:
            return [self._ids[number] for number in sorted(self._ids, reverse=True)]
        query = " ".join('"' + term.replace('"', '""') + '"' for term in terms)
        rows = self._database.execute(
            "SELECT rowid FROM docs WHERE docs MATCH ? ORDER BY bm25(docs, 10, 5, 4, 2, 1, 1), rowid",
            (query,),
        )
        return [self._ids[number] for (number,) in rows]


def folded_terms(words: str) -> list[str]:
    """The words of a query, folded; what holds neither letter nor digit is left out."""
    folded = fold(unicodedata.normalize("NFC", words))
    return [term for term in folded.split() if any(letter.isalnum() for letter in term)]


def facet_values(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of every facet, as text; dates as the day."""
    values = []
    for facet in document.get("Taxonomy") or []:
        value = {
            "Number": facet.get("NumberValue"),
            "Date": (facet.get("DateValue") or "")[:10],
        }.get(facet.get("Type"), facet.get("TextValue"))
        if value is not None and value != "":
            text = f"{value:g}" if isinstance(value, float) else str(value)
            values.append((str(facet.get("Name")), text))
    return values


def cut_snippet(texts: Sequence[str], words: str) -> str:
    """A passage around the first word that stands in one of the texts; else how the first text begins."""
    terms = folded_terms(words)
    for raw in texts:
        text = unicodedata.normalize("NFC", raw)
        folded = fold(text)
        found = [place for term in terms if (place := folded.find(term)) >= 0]
        if found:
            start = max(0, min(found) - _SNIPPET // 3)
            return _passage(text, start)
    return _passage(next((text for text in texts if text), ""), 0)


def _passage(text: str, start: int) -> str:
    if start:
        start = text.find(" ", start) + 1 or start
    end = start + _SNIPPET
    passage = " ".join(text[start:end].split())
    return ("… " if start else "") + passage + (" …" if end < len(text) else "")
