"""
Which attachment is an entry's main document, and whether its words may be told to all who may see the entry.

An entry's row does not change with its main document (docs/interaxo.md): what the entry lists tells of a new version of that, and
that it is not there any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from connector.document.audience import Audience
from connector.ports.source import Note, SourceNotes
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import Item

KIND = "main-document"
"""Of the notes that name it, by entry; `mark` is the version that the entry was made with."""
LISTED = "main-document-listed"
"""Of the notes that tell in which version an entry listed it last, by entry; `mark` is its id."""
ABSENT = b"absent"
"""In place of a version: the entry does not list it."""


class MainDocuments:
    """The main documents of one source's entries, as far as they are asked for."""

    def __init__(
        self,
        notes: SourceNotes,
        rights: Rights,
        rotation: Rotation,
        kept_out: Callable[[Collection[str]], Collection[str]],
    ) -> None:
        """
        Args:
            kept_out: which of some items a person took out of the search.
        """
        self._notes = notes
        self._rights = rights
        self._rotation = rotation
        self._kept_out = kept_out

    def note(self, entry: str, main: Item | None) -> None:
        """Remember an entry's main document: when fewer people may see that, or it is another by now, the entry is mapped again."""
        value, mark = (main.id.encode(), version_of(main).encode()) if main is not None else (b"", b"")
        note = self._notes.get(KIND, entry)
        if (note.value if note is not None else b"", note.mark if note is not None else b"") != (value, mark):
            self._notes.put(KIND, entry, value, mark=mark, run=self._rotation.reading.run)

    def changed(self, entry: str, listed: Mapping[str, str]) -> bool:
        """
        Whether an entry is to be made again, since what it lists tells of another main document than it was made with.

        A host that goes on to tell otherwise than it lists is believed once for each change, and not asked in every run.

        Args:
            listed: versions of all that it lists, by id.
        """
        made = self._notes.get(KIND, entry)
        if made is None or not made.value:
            return False
        now, last = _now(made, listed), self._notes.get(LISTED, entry)
        if last is not None and last.mark == made.value:
            return last.value != now
        return now != made.mark if made.mark else now == ABSENT

    def note_listed(self, entry: str, listed: Mapping[str, str]) -> None:
        """Remember what an entry lists of its main document, once it is to be made again where that has changed."""
        made = self._notes.get(KIND, entry)
        if made is None or not made.value:
            return
        now, last = _now(made, listed), self._notes.get(LISTED, entry)
        if last is None or (last.value, last.mark) != (now, made.value):
            self._notes.put(LISTED, entry, now, mark=made.value, run=self._rotation.reading.run)

    async def covered(self, info: RoomInfo, main: Item, entry: Item, audience: Audience | None) -> bool:
        """Whether everybody who may see an entry may see its main document; no, as long as that is not known, or a person hid it."""
        return not self._kept_out([main.id]) and await self._rights.covers(info, main, entry, audience)

    def is_silent(self, info: RoomInfo, entry: Item, audience: Audience | None) -> bool:
        """Whether an entry may not tell the words that it told last, as far as that is known."""
        return entry.id in self.silent_entries(info, [entry], {entry.id: audience})

    def silent_entries(
        self, info: RoomInfo, items: Sequence[Item], shown: Mapping[str, Audience | None]
    ) -> set[str]:
        """Entries that may not tell the words of their main document, as far as that is known: some may not see it, or it is gone, or hidden."""
        mains, absent = self._known_of(items)
        hidden = self._hidden_of(mains)
        told = {entry: main for entry, main in mains.items() if entry not in hidden}
        return absent | (mains.keys() - self._rights.covered(info, told, shown)) if mains else absent

    def hidden_in(self, items: Iterable[Item]) -> set[str]:
        """Entries that tell nothing of their main document since a person hid that: once it is shown again, they are to be made anew."""
        return self._hidden_of(self._known_of(items)[0])

    def _hidden_of(self, mains: Mapping[str, str]) -> set[str]:
        hidden = self._kept_out(mains.values()) if mains else ()
        return {entry for entry, main in mains.items() if main in hidden}

    def _known_of(self, items: Iterable[Item]) -> tuple[dict[str, str], set[str]]:
        """What some entries list as their main documents, by entry; and entries that list theirs no more."""
        mains: dict[str, str] = {}
        absent: set[str] = set()
        for item in items:
            if item.type != "entry" or item.child_count is None:
                continue
            note = self._notes.get(KIND, item.id)
            if note is not None and note.value:
                last = self._notes.get(LISTED, item.id)
                is_absent = last is not None and (last.value, last.mark) == (ABSENT, note.value)
                if item.child_count and not is_absent:
                    mains[item.id] = note.value.decode()
                else:
                    absent.add(item.id)
        return mains, absent


def version_of(file: Item) -> str:
    """By what one version of a file is told from another."""
    return file.version or file.last_modified or ""


def _now(made: Note, listed: Mapping[str, str]) -> bytes:
    """In which version an entry lists its main document."""
    version = listed.get(made.value.decode())
    return ABSENT if version is None else version.encode()
