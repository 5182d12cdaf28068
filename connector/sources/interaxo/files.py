"""
The texts of files: remembered, or read of what was downloaded.

A file that does not come, or for which this machine has no place, costs its text only, for as long as that is so: the reason is logged and
noted, in words.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

from connector.errors import (
    CacheError,
    RecordGone,
    RecordHidden,
    SharedCacheAway,
    SourceRefused,
    SourceUnavailable,
)
from connector.ports.scans import OVER, TURNS, WAITS, Waiting
from connector.ports.source import NOT_READ, Reading, SourceNotes
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls, quoted, room_path
from connector.sources.interaxo.downloads import Downloads
from connector.sources.interaxo.main_documents import MainDocuments, version_of
from connector.sources.interaxo.places import Found, RoomInfo, Row
from connector.sources.interaxo.wire import Item
from connector.text.names import is_picture
from connector.text.service import FileRef, FileText, Reason, TextService


class Files:
    """The texts of one source's files."""

    def __init__(
        self,
        calls: Calls,
        texts: TextService,
        downloads: Downloads,
        notes: SourceNotes,
        mains: MainDocuments | None,
    ) -> None:
        self._downloads = downloads
        self._calls = calls
        self._texts = texts
        self._notes = notes
        self._mains = mains
        """None: an entry's main document is not asked for."""
        self._left_to_others = False
        """Whether other services read the files for which this machine has no place."""
        self._log = structlog.get_logger()

    def open(self, reading: Reading) -> None:
        """A run begins, or the walk of rooms for one."""
        self._left_to_others = reading.for_another

    async def text(self, row: Row, document: str) -> Found:
        """
        Read the text of a file, or of an entry's main document.

        Args:
            document: id of the document whose text it is; what of it is left to OCR is noted.

        Raises:
            CacheError: this machine has no place for the file, which other services may read; or nobody can use the texts that are shared.
        """
        item, info = row.item, row.place.room
        try:
            if item.type == "entry":
                if self._mains is None or not item.child_count:
                    return Found()
                main = await self._main_document(info, item)
                self._mains.note(item.id, main)
                # else its words would tell what is closed to some who may see the entry
                if main is None or not await self._mains.covered(info, main, item, row.audience):
                    return Found()
                item = main
            elif item.type != "file":
                return Found()
            reference = FileRef(
                source=self._calls.name,
                id=item.id,
                version=version_of(item),
                size=item.file_size,
                name=item.name or "",
                mime_type=item.mime_type or "",
            )
            text = await self._texts.text_of(reference, lambda path: self._downloads.fetch(info, item, path))
        except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable, CacheError) as error:
            away = isinstance(error, SharedCacheAway)  # so is the ledger
            if away or (self._left_to_others and isinstance(error, CacheError)):
                raise
            if self._mains is not None and self._mains.is_silent(info, row.item, row.audience):
                return Found()  # the words that an entry told last are not left to those who may not see them
            # the listing shows the file: whether it is gone is for the next listing to tell
            why = str(error).rstrip(".")
            self._log.warning("download.failed", source=self._calls.name, file=item.id, why=why)
            self._notes.put(NOT_READ, row.item.id, why.encode())
            return Found(missing=Reason.DOWNLOAD_FAILED.value, provisional=True, why=why)
        if self._notes.get(NOT_READ, row.item.id) is not None:
            self._notes.put(NOT_READ, row.item.id, b"")
        if self._texts.reads_scans:
            self._note_scan(row, document, reference, text)
        if text.text is not None:
            return Found(text=text.text, key=text.content_hash or "")
        assert text.reason is not None
        return Found(missing=text.reason.value, key=text.content_hash or "", provisional=not text.lasting)

    def _note_scan(self, row: Row, document: str, file: FileRef, text: FileText) -> None:
        """What OCR has to read waits in the notes, until the night it was read or is not wanted any more."""
        known = self._notes.get(WAITS, row.item.id)
        if not text.due:
            if known is not None and known.mark != OVER:
                self._notes.put(WAITS, row.item.id, known.value, mark=OVER)
            return
        waiting = Waiting(
            document=document,
            room=row.place.room.root,
            file=file.id,
            version=file.version,
            size=file.size,
            name=file.name,
            mime_type=file.mime_type,
            content=text.content_hash or "",
        )
        value, turn = msgspec.json.encode(waiting), TURNS[is_picture(file.name, file.mime_type)]
        if known is None or (known[0], known[1]) != (value, turn):
            self._notes.put(WAITS, row.item.id, value, mark=turn)

    async def fetch_again(self, info: RoomInfo, waiting: Waiting, path: Path) -> int:
        """As `ports.scans.Refetching` says."""
        item = await self._calls.item(info, waiting.file)
        if item.type != "file" or version_of(item) != waiting.version:
            raise RecordGone("It has another version by now.")
        return await self._downloads.fetch(info, item, path)

    async def _main_document(self, info: RoomInfo, entry: Item) -> Item | None:
        path = f"{room_path(info)}/content/{quoted(entry.id)}/document"
        try:
            main = await self._calls.get(path, lambda reply: self._calls.read(reply, path, wire.parse_item))
        except RecordGone:
            return None  # none is marked: a normal answer (Interaxo API, Main Document)
        # what was moved out of the entry is none of its documents any more, whatever is told of it
        return main if main.type == "file" and main.parent_id in {None, entry.id} else None
