"""
Which lists of who may see an item are asked for in a run: all of them, those whose turn it is, or what changed around them.

Nothing is asked here. Source: docs/audiences.md.
"""

from __future__ import annotations

from connector.ports.grants import Grant
from connector.ports.source import SourceNotes
from connector.sources.interaxo.inheritance import STEP, Inherited, told_elsewhere
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.room_notes import RoomNotes
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import FOLDERS, LINKS

DOUBTED = "rights-doubted"
"""Kind of the note that keeps the last run whose ledger was older than the intranet."""
UNASKED = "lists-unasked"
"""Kind of the note that says whether the last run asked for no lists below rooms."""


class ReaderListSchedule:
    """Which lists are due in a run: its turn comes, or something changed around an item."""

    def __init__(self, room_notes: RoomNotes, notes: SourceNotes, rotation: Rotation) -> None:
        self._permissions = room_notes.permissions
        self._room_notes = room_notes
        self._notes = notes
        self._rotation = rotation
        self._doubted = 0
        """The last run whose ledger was older than the intranet: what was told before it is asked for again."""

    @property
    def run(self) -> int:
        """Number of the run."""
        return self._rotation.reading.run

    def open(self) -> None:
        """A new run."""
        note = self._notes.get(DOUBTED, "")
        self._doubted = note.run if note is not None else 0

    @property
    def was_unasked(self) -> bool:
        """Whether the run before asked for no lists below rooms."""
        note = self._notes.get(UNASKED, "")
        return note is not None and bool(note.value)

    def note_asking(self, *, below: bool) -> None:
        """Note whether this run asks for lists below rooms."""
        if self.was_unasked is below:
            self._notes.put(UNASKED, "", b"" if below else b"1", run=self.run)

    def doubt(self) -> None:
        """
        What was told before this run may be out of date, and single items may have lists that this ledger never met.

        Whatever was not asked since is asked for once, in this run or (it may be stopped) in a later one.
        """
        self._doubted = self._rotation.reading.run
        self._notes.put(DOUBTED, "", b"", run=self._rotation.reading.run)

    @property
    def doubtful(self) -> bool:
        """Whether what was told before this run may be out of date."""
        return self._doubted == self._rotation.reading.run

    def is_due(self, info: RoomInfo, row: Grant, inherited: Inherited) -> bool:
        """Whether an item that was met before is asked again."""
        if row.asked_run == self._rotation.reading.run:
            return False
        if row.asked_run < self._doubted or told_elsewhere(row) or row.trouble:
            return True
        if (
            self._rotation.reading.thorough
            or self._room_notes.by_item(info)
            or self._rotation.due(row.native)
        ):
            return self._rotation.reading.thorough or row.kind not in LINKS or self._permissions == "item"
        if row.kind in FOLDERS or row.kind == STEP:
            return not row.listless
        if row.told is None:
            return inherited.listless and not row.listless
        return row.inherited != row.told.digest() and row.inherited != inherited.digest

    def is_wanted(self, info: RoomInfo, row: Grant, at: Inherited, *, moved_from: Grant | None) -> bool:
        """Whether an item that was not met before is asked for at once."""
        if row.kind in LINKS and not told_elsewhere(row) and not row.trouble:
            return (
                self._permissions == "item"
                or at.listless
                or self._rotation.reading.thorough
                or self._room_notes.by_item(info)
            )
        return (
            row.kind in FOLDERS
            or at.listless
            or self._rotation.reading.thorough
            or self._room_notes.by_item(info)
            or row.asked_run < self._doubted
            or moved_from is not None
            or self._rotation.due(row.native)
        )
