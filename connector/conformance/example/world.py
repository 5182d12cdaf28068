"""The world of the example: a folder that the suite edits, narrows and breaks."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connector.conformance.world import NotPlayable, Trouble

ALL, FEW = "notes:group:club/all", "notes:group:club/few"


class NotesWorld:
    """A folder of notes. Implements `connector.conformance.world.World`."""

    insider, outsider = "anna@example.com", "ola@example.com"
    rights_in_listing = False
    identities = {insider: [ALL, FEW], outsider: [ALL]}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        self.table = {
            "kind": "notes",
            "id_prefix": "nt",
            "folder": "notes",
            "web_url": "https://notes.example.com",
        }
        self._folder = folder / "notes"
        self._notes: dict[str, tuple[str, str]] = {}
        """Title and readers by name, as they really are."""
        self._trouble: Trouble | None = None

    def add(self, word: str) -> str:
        self._notes[f"note-{len(self._notes)}-{word}"] = (f"The {word}", f"{ALL}, {FEW}")
        return f"note-{len(self._notes) - 1}-{word}"

    def rename(self, item: str, word: str) -> None:
        self._notes[item] = (f"The {word}", self._notes[item][1])

    def move(self, item: str) -> None:
        raise NotPlayable("there is one folder")

    def remove(self, item: str) -> None:
        del self._notes[item]

    def hide(self, item: str) -> None:
        self._notes[item] = (self._notes[item][0], FEW)

    def add_odd(self) -> None:
        self._notes["odd"] = ("\x00 \ufffe", f"{ALL}, x: y, \u202e")
        self._notes["untitled"] = ("", ALL)

    def break_by(self, trouble: Trouble) -> None:
        self._trouble = trouble

    def mend(self) -> None:
        self._trouble = None

    def publish(self) -> None:
        """Write the folder as it is, or as it is broken."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._trouble is Trouble.DOWN:
            return
        self._folder.mkdir()
        index = self._folder / "index.txt"
        names = [] if self._trouble is Trouble.EMPTY else [*self._notes]
        for name in names:
            title, readers = self._notes[name]
            told = "" if self._trouble is Trouble.NO_RIGHTS else f"readers: {readers}\n"
            (self._folder / f"{name}.md").write_text(
                f"---\ntitle: {title}\n{told}---\nText\n", encoding="utf-8"
            )
        if self._trouble is Trouble.REFUSED:
            index.mkdir()
            return
        content = "\n".join([str(len(names)), *names])
        if self._trouble is Trouble.STRANGE:
            content = "<html>Sign in</html>"
        if self._trouble is Trouble.HALF:
            content = content[: len(content) // 2]
        index.write_text(content, encoding="utf-8")


@asynccontextmanager
async def notes_world(folder: Path) -> AsyncIterator[NotesWorld]:
    """A folder without a note."""
    yield NotesWorld(folder)
