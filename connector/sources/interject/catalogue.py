"""
Entries of one or several exports become one library: repeated rows of one link collapse, live versions only. PURE.

Two rows are of one link when they have one reference id, or one folder and name and at most one of them an id. Of its
versions the live one counts; where an export does not say, the highest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from connector.sources.interject.entries import LIVE, Entry
from connector.sources.interject.model import (
    Library,
    Place,
    Report,
    fold,
    folded,
    folder_key,
    has_reference,
    key_of_place,
    report_key,
)
from connector.sources.interject.table import EMPTIED


def compose(entries: Iterable[Entry]) -> Library:
    """Make the library of the rows of all exports, in any order."""
    nameless = odd = ""
    entries = _without_contradictions([*entries])
    by_link: dict[str, list[Entry]] = defaultdict(list)
    for one in entries:
        if one.problem or not one.name:
            odd = odd or f"line {one.line}: {one.problem or 'it has no name'}"
        if one.problem == EMPTIED:
            continue  # it tells nothing, but it may be what seems to be missing
        if not has_reference(one.reference) and (not one.name or one.problem):
            why = one.problem or "it has neither a name nor an id"
            nameless = nameless or f"line {one.line}: {why}"
            continue
        by_link[report_key(one.reference, one.place, one.name)].append(one)
    _join_without_reference(by_link)
    reports = {key: _report(key, rows) for key, rows in by_link.items()}
    folders: dict[str, Place] = {}
    for report in sorted(reports.values(), key=lambda one: one.place):
        if report.live and not report.problem:
            for depth in range(1, len(report.place) + 1):
                folders.setdefault(folder_key(report.place[:depth]), report.place[:depth])
    return Library(reports=reports, folders=folders, nameless=nameless, odd=odd)


def _without_contradictions(entries: Sequence[Entry]) -> list[Entry]:
    """The rows of all exports; where one file calls one link by several names, nobody can tell whose id it is."""
    rows: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        if has_reference(one.reference) and one.name and not one.problem:
            rows[one.file, fold(one.reference)].append(one)
    several = {key: told for key, told in rows.items() if len({fold(one.name) for one in told}) > 1}
    why = {
        id(
            one
        ): f"it has the id of line {next(other.line for other in told if fold(other.name) != fold(one.name))}, and another name"
        for told in several.values()
        for one in told
    }
    return [one.with_problem(why.get(id(one), "")) for one in entries]


def _join_without_reference(by_link: dict[str, list[Entry]]) -> None:
    """What an app export tells without an id belongs to the one link of that name in that folder."""
    named: dict[str, set[str]] = defaultdict(set)
    for key, rows in by_link.items():
        if has_reference(rows[0].reference):
            for row in rows:
                named[key_of_place((*row.place, row.name))].add(key)
    for key in [key for key, rows in by_link.items() if not has_reference(rows[0].reference)]:
        links = named.get(key_of_place((*by_link[key][0].place, by_link[key][0].name)), set())
        if len(links) == 1:
            by_link[next(iter(links))] += by_link.pop(key)


def _report(key: str, rows: Sequence[Entry]) -> Report:
    """One link of all its rows; whatever their order, the same one."""
    sound = [row for row in rows if not row.problem] or list(rows)
    live = [row for row in sound if row.live] or sound
    by_file: dict[str, list[Entry]] = defaultdict(list)
    for row in live:
        by_file[row.file].append(row)
    firsts = [min(rows_of_file, key=_order) for rows_of_file in by_file.values()]
    first = min(firsts, key=_order)
    also = {folded(row.place) for row in live if not row.problem} - {folded(first.place)}
    newest = max(live, key=_age)
    return Report(
        native=key,
        reference=next((row.reference for row in rows if has_reference(row.reference)), ""),
        name=first.name,
        place=first.place,
        also=tuple(sorted(also)),
        description=max((row.description for row in live), key=lambda text: (len(text), text)),
        link_type=_one(row.link_type for row in live),
        version=newest.version,
        portals=tuple(sorted({row.portal for row in live if row.portal})),
        address=_one(row.address for row in live),
        live=any(row.live for row in sound),
        problem=_problem(first, rows),
    )


def _order(row: Entry) -> tuple[str, str, Place, str]:
    return key_of_place(row.place), fold(row.name), row.place, row.name


def _problem(first: Entry, rows: Sequence[Entry]) -> str:
    if all(row.problem for row in rows):
        return f"line {rows[0].line}: {rows[0].problem}"
    return "" if first.name else f"line {first.line}: it has no name"


def _one(texts: Iterable[str]) -> str:
    """One of several texts, the same in any order; an empty one only where all are."""
    return max(texts, default="")


def _age(row: Entry) -> tuple[bool, list[int], str, str]:
    """What tells which version is the newest."""
    version = row.version
    numbers = [int(part) for part in re.findall(r"\d{1,9}", version.number)]
    updated = version.updated.isoformat() if version.updated else ""
    return (fold(version.status) == fold(LIVE), numbers, updated, version.name)
