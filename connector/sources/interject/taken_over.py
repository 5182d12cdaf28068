"""
Rows that hold what the export of before had in another row: somebody sorted one column alone, or moved its cells up or down. PURE.

Each of them looks sound, and its id, its name and its folder are of two reports or more: it would take one over, or show one to the readers of
another. What an export made in Interject itself never has tells: names, or folders, that only changed their owners.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import msgspec

from connector.sources.interject.entries import Entry
from connector.sources.interject.lost_letters import LOST, LostLetters
from connector.sources.interject.model import (
    BY_ID,
    BY_PATH,
    Place,
    fold,
    has_reference,
    key_of_place,
    place_text,
    report_key,
    text_place,
)
from connector.sources.interject.moved_texts import AS_FOLDER, OTHER_TEXT, moved, stands_as_folder, text_of
from connector.sources.interject.other_columns import without_other_columns

SEVERAL = 2
"""Reports that have each other's folders: one alone moved."""
RENAMED = "\n"
"""In place of folders that are gone, or new; none is written so."""
MIXED = "so its cells may be of several reports"
OTHER_NAME = f"it has the name that another report had, {MIXED}"
OTHER_FOLDER = f"it has the folder that another report had, and that one has its folder, {MIXED}"
IN_PLACE = f"it has what a row that cannot be read had before, {MIXED}"
IN_MOVED = f"its name is new, and names of other rows changed their reports, {MIXED}"
IN_COLUMN = f"its name stands in the column of its folder, {MIXED}"
NAME_IN_COLUMN = f"its folder stands in the column of its name, {MIXED}"
MOST_ODD = f"it is new, and most rows of the file cannot be read, {MIXED}"
AGAIN = "it has the name of a report that is missing now, and another id and folder: if it is another one, give it another name for now"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an export held when it was whole last."""

    places: Mapping[str, str] = {}
    """Native keys of its reports and folders, each with its folder as `place_text` writes it."""
    names: Mapping[str, str] = {}
    """Folded names of its reports, by native key."""
    texts: Mapping[str, bytes] = {}
    """Hashes of their descriptions, by native key."""


class Told(msgspec.Struct, frozen=True):
    """What tells one report from others, at one time."""

    name: str
    place: str


def without_taken_over(entries: Sequence[Entry], known: Known) -> list[Entry]:
    """
    Say of each row of one export whether it may be of several reports.

    Args:
        entries: its rows; what is odd about them stays.
        known: what the export before it held; what is odd in this one counts as it was before.
    """
    entries = without_other_columns(entries, known.places)
    before = _before(known)
    if not before:
        return entries
    entries = _without_lost_letters(entries, known, before)
    keys = [_token(one.reference, one.name) for one in entries]
    why = _Taken(before, entries, keys).why()
    texts = {
        key: text_of(one) for one, key in zip(entries, keys, strict=True) if one.name and not one.problem
    }
    texts_before = _texts_before(known, before)
    why = dict.fromkeys(moved(texts_before, texts), OTHER_TEXT) | why
    why |= {
        key: AS_FOLDER
        for one, key in zip(entries, keys, strict=True)
        if stands_as_folder(one, texts_before.get(key, b""))
    }
    doubted = [one.with_problem(why.get(key, "")) for one, key in zip(entries, keys, strict=True)]
    return _without_new(doubted, keys, before)


def _without_new(entries: Sequence[Entry], tokens: Sequence[str], before: Container[str]) -> list[Entry]:
    """The rows of one export; where most of them are odd, what is new waits, too: nothing of before tells whether its cells are its own."""
    odd = sum(bool(one.problem) for one in entries)
    if odd < SEVERAL or 2 * odd <= len(entries):
        return [*entries]
    return [
        one if token in before else one.with_problem(MOST_ODD)
        for one, token in zip(entries, tokens, strict=True)
    ]


def _without_lost_letters(entries: Sequence[Entry], known: Known, before: Mapping[str, Told]) -> list[Entry]:
    """The rows of one export; one that lost letters of a name that the export before it had says so."""
    if not any(LOST in name for one in entries for name in (one.name, *one.place)):
        return [*entries]
    names = {told.name for told in before.values()}
    folders = {name for place in known.places.values() for name in text_place(place)}
    lost = LostLetters(names | folders)
    return [one.with_problem(lost.why((one.name, *one.place))) for one in entries]


def names_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Folded names by native key, of what has an id; others are named by their keys."""
    return {
        report_key(one.reference, one.place, one.name): fold(one.name)
        for one in entries
        if has_reference(one.reference) and one.name and not one.problem
    }


def _token(reference: str, name: str) -> str:
    """What stays of a report where its folder is another one: its id, else its name."""
    return report_key(reference, (), name)


def _before(known: Known) -> dict[str, Told]:
    """What was known of each report, by token; without an id, of one whose name no other one had."""
    found: dict[str, list[Told]] = defaultdict(list)
    for key, place in known.places.items():
        if key.startswith(BY_ID) and key in known.names:
            found[key].append(Told(known.names[key], place))
        elif key.startswith(BY_PATH):
            token = _token_of(key, text_place(place))
            name = token.removeprefix(BY_PATH)
            if token != key or not place:
                found[token].append(Told(name.replace("//", "/"), place))
    return {token: told[0] for token, told in found.items() if len(told) == 1}


def _token_of(key: str, place: Place) -> str:
    """The token of a native key: what stays of it in another folder."""
    above = key_of_place(place)
    return BY_PATH + key.removeprefix(f"{BY_PATH}{above}/") if above and key.startswith(BY_PATH) else key


def _texts_before(known: Known, before: Mapping[str, Told]) -> dict[str, bytes]:
    """Hashes of descriptions, by token."""
    texts = ((key, text_place(known.places.get(key, "")), told) for key, told in known.texts.items())
    found = {_token_of(key, place): told for key, place, told in texts}
    return {token: found[token] for token in before if token in found}


class _Taken:
    """The rows of one export beside what was known before it."""

    def __init__(self, before: Mapping[str, Told], entries: Sequence[Entry], tokens: Sequence[str]) -> None:
        self._before = before
        self._rows: dict[str, set[Told]] = {}
        """Sound rows, by token."""
        self._odd: set[str] = set()
        """Tokens of rows that are odd."""
        self._stand_odd: set[str] = set()
        """Folders in which odd rows stand."""
        self._newly_named: dict[str, set[str]] = defaultdict(set)
        """Tokens by a name that they did not have before, odd rows too."""
        for one, token in zip(entries, tokens, strict=True):
            told = Told(fold(one.name), place_text(one.place))
            if one.problem or not one.name:
                self._odd.add(token)
                self._stand_odd.add(told.place)
            else:
                self._rows.setdefault(token, set()).add(told)
            if token not in before or before[token].name != told.name:
                self._newly_named[told.name].add(token)
        self._had_name: dict[str, set[str]] = defaultdict(set)
        for token, told in before.items():
            self._had_name[told.name].add(token)
        changed = list(self._changed())
        self._renamed = {token: now for token, was, now in changed if was.name != now.name}
        self._moved = {token: now for token, was, now in changed if was.place != now.place}
        self._why: dict[str, str] = {}

    def why(self) -> dict[str, str]:
        """Why rows may be of several reports, by token."""
        for token in self._moved.keys() & self._renamed.keys():
            was, place = self._before[token], text_place(self._moved[token].place)
            if place == (was.name,):
                self._why[token] = IN_COLUMN
            elif (*place, self._renamed[token].name) == text_place(was.place)[: len(place) + 1]:
                self._why[token] = NAME_IN_COLUMN
        if NAME_IN_COLUMN in self._why.values():  # a whole column was parted, renamed folders too
            for token in self._moved.keys() & self._renamed.keys():
                self._why.setdefault(token, NAME_IN_COLUMN)
        self._names_that_changed_owners()
        self._beside_moved_names()
        self._places_that_changed_owners()
        self._again()
        self._follow()
        return self._why

    def _changed(self) -> Iterator[tuple[str, Told, Told]]:
        """What was known before and has one sound row now, as it was and as it is."""
        for token, rows in self._rows.items():
            was = self._before.get(token)
            if was is not None and len(rows) == 1 and token not in self._odd:
                (now,) = rows
                yield token, was, now

    def _names_that_changed_owners(self) -> None:
        """What has another one's name, and its own has a row that did not have it."""
        for token, now in self._renamed.items():
            had = self._had_name.get(now.name, set())
            if had and token not in had and self._newly_named.get(self._before[token].name, set()) - {token}:
                self._why[token] = OTHER_NAME

    def _beside_moved_names(self) -> None:
        """Where names changed their owners, their column was moved: other names that changed, and what is new, wait, too."""
        if sum(why == OTHER_NAME for why in self._why.values()) >= SEVERAL:
            for token in (*self._renamed, *(self._rows.keys() - self._before.keys())):
                self._why.setdefault(token, IN_MOVED)

    def _places_that_changed_owners(self) -> None:
        """
        As many reports stand in each folder as before, and some in each other's.

        Where most of them moved, as many may be more or fewer as are new or missing: what is new was sorted among them.
        """
        there = {told.place for told in self._before.values()}
        here = self._stand_odd.union(*({told.place for told in rows} for rows in self._rows.values()))
        pairs = ((self._before[token].place, now.place) for token, now in self._moved.items())
        # a folder that is gone and one that is new may be one that was renamed
        named = ((was if was in here else RENAMED, now if now in there else RENAMED) for was, now in pairs)
        moves = [(was, now) for was, now in named if was != now]
        more = (Counter(was for was, _ in moves) - Counter(now for _, now in moves)).total()
        new = self._rows.keys() - self._before.keys()
        stayed = self._rows.keys() & self._before.keys()
        most = 2 * len(moves) >= len(stayed)
        others = len(new) + len(self._before) - len(stayed) if most else 0
        if len(moves) < SEVERAL or more > max(others, len(moves) // 4):
            return
        if _is_in_a_circle(moves):
            for token in (*self._moved, *(new if most else ())):
                self._why.setdefault(token, OTHER_FOLDER)

    def _again(self) -> None:
        """What is new has the name of one that is missing, elsewhere."""
        for token, rows in self._rows.items():
            if token in self._before or not token.startswith(BY_ID):
                continue
            for now in rows:
                had = self._had_name.get(now.name, set())
                if len(had) == 1 and not had & (self._rows.keys() | self._odd):
                    (other,) = had
                    if self._before[other].place != now.place:
                        self._why[token] = AGAIN

    def _follow(self) -> None:
        """Rows that have what those had that cannot be read, or that gave them what they have, one after the other."""
        by_name = _by((now.name, token) for token, now in self._renamed.items())
        by_former_name = _by((self._before[token].name, token) for token in self._renamed)
        by_place = _by((now.place, token) for token, now in self._moved.items())
        by_former_place = _by(
            (self._before[token].place, token) for token in self._moved if token.startswith(BY_PATH)
        )
        new = _by(
            (now.name, token)
            for token, rows in self._rows.items()
            if token not in self._before
            for now in rows
        )
        waiting = [*self._why, *(self._odd & self._before.keys())]
        found = [token for place in self._stand_odd for token in by_former_place.pop(place, ())]
        while waiting or found:
            for token in found:
                if token not in self._why:
                    self._why[token] = IN_PLACE
                    waiting.append(token)
            found = []
            if not waiting:
                break
            token = waiting.pop()
            was = self._before.get(token)
            if was is not None:
                found += [*by_name.pop(was.name, ()), *new.pop(was.name, ())]
                found += by_place.pop(was.place, ()) if self._lost_place(token) else ()
            for now in self._rows.get(token, ()) if token in self._why else ():
                found += [*by_former_name.pop(now.name, ()), *by_former_place.pop(now.place, ())]

    def _lost_place(self, token: str) -> bool:
        """Whether an odd row stands elsewhere than before."""
        rows = self._rows.get(token)
        return not rows or any(now.place != self._before[token].place for now in rows)


def _is_in_a_circle(moves: Iterable[tuple[str, str]]) -> bool:
    """Whether some moves, one after the other, lead back to where they begin."""
    onward: dict[str, set[str]] = defaultdict(set)
    for was, now in moves:
        onward[was].add(now)
    try:
        TopologicalSorter(onward).prepare()
    except CycleError:
        return True
    return False


def _by(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Tokens by what they have in common."""
    found: dict[str, list[str]] = defaultdict(list)
    for told, token in pairs:
        found[told].append(token)
    return found
