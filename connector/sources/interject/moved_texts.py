"""
Descriptions that stand in another row than before: somebody sorted their column alone, or moved its cells up or down. PURE.

Ids, names and folders are right then, and whoever sees the one report would read what another one is about. A text that stands in two rows now was copied;
where several left their own rows for others, their cells were moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from connector.document.ids import digest
from connector.sources.interject.entries import Entry
from connector.sources.interject.model import fold, report_key

SEVERAL = 2
"""Reports that have what others had: one alone was written anew."""
AS_FOLDER = "its description stands in the column of its folder, so its cells may stand in other columns than they seem to"
OTHER_TEXT = "descriptions of the export before changed their rows, so its cells may be of several reports"


def texts_of(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Hashes of descriptions, by native key, of what can be read; of several rows of a report, the last one's."""
    return {
        report_key(one.reference, one.place, one.name): text_of(one)
        for one in entries
        if one.name and not one.problem
    }


def text_of(entry: Entry) -> bytes:
    """Hash of the description of a row; empty: it has none."""
    return _hash_of(entry.description)


def stands_as_folder(entry: Entry, text: bytes) -> bool:
    """Whether the folder of a row is the description that its report had before: their columns were exchanged."""
    return bool(text) and len(entry.place) == 1 and _hash_of(entry.place[0]) == text


def _hash_of(text: str) -> bytes:
    return digest([fold(text)], 8) if text else b""


def moved(before: Mapping[str, bytes], now: Mapping[str, bytes]) -> set[str]:
    """
    Reports that have what only another one had, which has something else by now, and these others; none where it is one alone.

    Args:
        before: texts by report, as they were.
        now: texts by report, new ones among them.
    """
    had: dict[bytes, list[str]] = defaultdict(list)
    for report, text in before.items():
        had[text].append(report)
    taken: dict[str, str] = {}
    for report, text in now.items():
        owners = had.get(text, []) if text else []
        if len(owners) == 1 and now.get(owners[0], text) != text:
            taken[report] = owners[0]
    return {*taken, *taken.values()} if len(taken) >= SEVERAL else set()
