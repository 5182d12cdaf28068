"""
What odd rows of the roles file cost: what they may grant is not granted, and whom they may keep out is kept out. PURE.

A row grants a folder to one more role, and it closes the folder to all others. Where other rows name that folder with roles, an odd
row could only grant: it is left out. Elsewhere it may be the row that closes it. So a folder that it seems to name, by the texts of its
cells however they are parted, is shown to the roles among these at most, and never to more than before; where it names none that is
known, every folder that no sound row closes is seen as before. What is new there waits until the row is mended.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate

import msgspec

from connector.sources.interject.model import ROOT, SEPARATORS, Library, Place, Roles, fold, folded, spelling
from connector.sources.interject.table import Row, column

PIECES = re.compile(r"[,;\t|\"\r\n]")
"""What may part a row that is parted otherwise than it was meant."""
NO_NAME = re.compile("[" + re.escape("".join(SEPARATORS)) + r",;\t|\"\r\n]")
MOST = 16
"""Pieces that may be one name."""
SHOWN = 3
STEP = (
    "It grants nothing, and what it may close is seen by nobody new, until it is mended and the file is saved"
)


def odd_rows(rows: Iterable[Row]) -> list[tuple[Row, str]]:
    """The rows of a roles file that may mean something else than they seem to, each with why."""
    return [(row, why) for row in rows if (why := row.problem or _nowhere(row) or _several(row))]


def in_words(file: str, odd: Sequence[tuple[Row, str]]) -> dict[str, str]:
    """Why rows cannot be read, and what to do, by where they stand."""
    told = {f"{file}, line {row.line}": f"{why}. {STEP}" for row, why in odd[:SHOWN]}
    if len(odd) > SHOWN:
        told[file] = f"{len(odd) - SHOWN} more of its rows cannot be read. {STEP}"
    return told


def _nowhere(row: Row) -> str:
    """A role whose folder was left blank, as under a folder's first row in a spreadsheet, is none of the whole library's."""
    if column(row.cells, "folder") or not column(row.cells, "role"):
        return ""
    return f"it names a role and no folder (name {ROOT} for all of them)"


def _several(row: Row) -> str:
    """A quote that was lost, or is one too many, makes several rows one."""
    if any(
        "\n" in value or "\r" in value for value in (column(row.cells, "folder"), column(row.cells, "role"))
    ):
        return "it goes on over several lines, as behind a quote that is one too many"
    return ""


class Doubt(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Which folders odd rows may close, and who sees these meanwhile."""

    now: Roles
    """As the sound rows say, and of folders that they do not name, as the last file without an odd row said."""
    before: Roles | None
    """As the last file without an odd row said; None: there was none."""
    earlier: tuple[Roles, ...] = ()
    """As other files with odd rows said since then."""
    sound: frozenset[Place]
    """Folded folders that sound rows name with roles."""
    named: Mapping[str, frozenset[str]] = {}
    """Folders that odd rows seem to name, as `spelling` writes them, each with the roles that these hold."""
    anywhere: bool = False
    """Whether some odd row may name any other folder."""

    def of(self, place: Place) -> frozenset[str] | None:
        """
        Who may see at most what stood in a folder before; nobody: whoever saw it. None: no odd row can close it.

        Args:
            place: folded.
        """
        if place not in self._of:
            self._of[place] = self._read(place)
        return self._of[place]

    @cached_property
    def _of(self) -> dict[Place, frozenset[str] | None]:
        return {}

    def _read(self, place: Place) -> frozenset[str] | None:
        doubted = [text for text in self._unsettled(place) if text in self.named or (text and self.anywhere)]
        if not doubted:  # a role that is left out may be the only one that sees it
            return None if self.now.of(place) else frozenset()
        seen = self.now.of(place) & self.before.of(place) if self.before is not None else frozenset[str]()
        for said in self.earlier:
            seen &= said.of(place)
        for text in doubted:
            seen = seen & self.named.get(text, seen) or seen
        return seen

    def _unsettled(self, place: Place) -> list[str]:
        """How those folders are written, of one and all above it, also by its own name, that no sound row closes."""
        exact = {spelling(place[:depth]): place[:depth] for depth in range(len(place) + 1)}
        written = spelling(place)
        ends = [sign.start() for sign in re.finditer("/", written)]
        texts = dict.fromkeys(["", *(written[:end] for end in ends), written])
        return [
            text
            for text in texts
            if (exact[text] not in self.sound if text in exact else text not in self._closed_as_written)
        ]

    @cached_property
    def _closed_as_written(self) -> set[str]:
        return {spelling(place) for place in self.sound}


def doubt_of(odd: Sequence[Row], places: Collection[Place], doubt: Doubt) -> Doubt:
    """
    Say what odd rows may close.

    Args:
        places: folded, every folder that there is or was.
        doubt: what is known besides, with the folders that odd rows of earlier files named.
    """
    now, before = doubt.now, doubt.before
    known = now.known() if before is None else now.known() | before.known()
    outlines = {role: _outline(role) for role in known}
    named: dict[str, frozenset[str]] = {}
    anywhere = False
    written = {place: _outline("".join(place)) for place in places if place}
    for row in odd:
        pieces, start = _pieces(row)
        whole = {*_runs(pieces)}
        roles = frozenset(role for role, outline in outlines.items() if outline in whole)
        root = _outline(ROOT)
        here = {place for place, text in written.items() if not text or text in whole or root + text in whole}
        for text in {*map(spelling, here), *([""] if root in whole else [])}:
            named[text] = named.get(text, frozenset()) | roles
        names = {root, *written.values(), *(root + text for text in written.values())}
        anywhere = anywhere or not _is_certain(pieces[start:], names, {*outlines.values()})
    for text, roles in doubt.named.items():
        now_named = named.get(text, roles)
        named[text] = (now_named & roles) or roles or now_named
    return msgspec.structs.replace(doubt, named=named, anywhere=anywhere)


def fresh_in(
    library: Library, before: Mapping[str, Place], waiting: Collection[str], doubt: Doubt
) -> frozenset[str]:
    """
    What is new, or moved, in a folder that an odd row may close, by native key.

    Args:
        before: folded folders of what was listed before, by native key.
        waiting: what was new in an earlier run, while there was an odd row, too.
    """
    there = {key: folded(place) for key, place in library.folders.items()}
    there |= {key: folded(one.place) for key, one in library.reports.items()}
    return frozenset(
        key
        for key, place in there.items()
        if (key in waiting or before.get(key) != place) and doubt.of(place) is not None
    )


def _pieces(row: Row) -> tuple[list[str], int]:
    """The texts of a row, however they were parted, as they are compared; and with which of them its folder begins."""
    found: list[str] = []
    start = 0
    cells = [*row.cells.items(), *(("", value) for value in row.beyond)]
    for name, value in cells:
        if name == "folder":
            start = len(found)
        found += [outline for piece in PIECES.split(value) if (outline := _outline(piece))]
    return found, start


def _runs(pieces: Sequence[str]) -> Iterable[str]:
    """Every text that successive pieces may have been."""
    for first in range(len(pieces)):
        yield from accumulate(pieces[first : first + MOST])


def _is_certain(pieces: Sequence[str], names: Collection[str], roles: Collection[str]) -> bool:
    """Whether a row begins with a folder that there is, and a role that there is follows."""
    runs = accumulate(pieces[:MOST])
    return any(run in names and role in roles for run, role in zip(runs, pieces[1:], strict=False))


def _outline(text: str) -> str:
    """What of a name stays the same, whatever parts it."""
    return NO_NAME.sub("", fold(text)).replace(" ", "")
