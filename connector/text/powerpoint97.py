"""
Text of PowerPoint 97 to 2003 (PPT): slides as they are now, their notes, comments and footers; no earlier versions.

Our own reader, because the one of the library that reads old formats gives nothing of files that later versions saved
(observed 2026-11: it takes a record of theirs for a container).

Source: [MS-PPT] 2.1.2 (the way from the current user to the slides), 2.3 (records), 2.9 (text).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from connector.document.clean import TextGatherer
from connector.text.embedded import Inside, Readable
from connector.text.ole import DUAL_STORAGE, CompoundFile, Storage
from connector.text.reasons import NoTextError, Reason

_MAX_STREAM_BYTES: Final = 200_000_000
_MAX_DEPTH: Final = 40
_MAX_EDITS: Final = 10_000
_HEADER_BYTES: Final = 8
_CONTAINER: Final = 15
_DOCUMENT: Final = 1000
_SLIDE_PLACE: Final = 1011
_SLIDE: Final = 1006
_SHOWN: Final = 1017
_SHOWN_BYTES: Final = 12
_IS_HIDDEN: Final = 0x04
"""Of [MS-PPT] 2.6.6, SlideShowSlideInfoAtom."""
_SLIDES: Final = 4080
_MASTERS: Final = 1
_MASTER: Final = 1016
_CHARS: Final = 4000
_BYTES: Final = 4008
_STRING: Final = 4026
_EDIT: Final = 4085
_PLACES: Final = 6002
_TAG_DATA: Final = 5003
_COMMENT: Final = 12000
_OBJECT: Final = 4113
_PACKED: Final = 1
_MAX_PLACES: Final = 100_000
_MAX_OBJECTS: Final = 200
_FOOTERS: Final = 4057
_GROUP: Final = 0xF003
_SHAPE: Final = 0xF004
_SHAPE_PROPERTIES: Final = frozenset({0xF00B, 0xF121, 0xF122})
_SHOWN_HOW: Final = 0x03BF
_SWITCHED_OFF: Final = 0x00020002
"""Of [MS-ODRAW] 2.3.4.44: it is hidden, and says so."""
# What later versions keep for themselves: not records of ours, whatever their headers say (2.11, "round trip").
_ROUND_TRIP: Final = frozenset({*range(1052, 1071), 0x0428})


class _Record(NamedTuple):
    kind: int
    instance: int
    container: bool
    begin: int
    end: int


def read_powerpoint97(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather a PPT, and what is embedded in its slides.

    Raises:
        NoTextError: BROKEN, its records make no sense.
    """
    with file.open("rb") as stream:
        compound = CompoundFile(stream)
        objects = gather_slides(
            Storage(compound, (DUAL_STORAGE,) if DUAL_STORAGE in compound.names else ()), gatherer
        )
    for one in objects:
        inside.add("", "", partial(_unpacked, one), silent=True)


def gather_slides(storage: Storage, gatherer: TextGatherer) -> list[bytes]:
    """
    Gather the slides that stand in a storage; returns the objects that they show, packed as they are.

    Raises:
        NoTextError: BROKEN, its records make no sense.
    """
    slides = _Slides(storage.read("PowerPoint Document", _MAX_STREAM_BYTES), gatherer)
    try:
        return slides.read(storage.read("Current User", 64))
    except struct.error as error:
        raise NoTextError(Reason.BROKEN) from error


def _unpacked(packed: bytes, most: int) -> bytes | None:
    """The compound file of an object, which stands behind its size; None where it is larger than wanted, or damaged."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed[4:], most + 1)
    except zlib.error:
        return None
    return content if len(content) <= most else None


class _Slides:
    def __init__(self, content: bytes, gatherer: TextGatherer) -> None:
        self._content = content
        self._gatherer = gatherer

    def read(self, user: bytes) -> list[bytes]:
        """Follow the last edit to the slides; where it leads nowhere, read whatever stands there. Returns embedded objects."""
        places, document = self._newest(struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0)
        main = self._record(places[document]) if document in places else None
        if main is None or main.kind != _DOCUMENT:
            for record in self._records(0, len(self._content)):
                self._gather(record, 0)
            return self._packed(self._records(0, len(self._content)))
        for record in self._records(main.begin, main.end):
            if record.kind == _SLIDES and record.instance != _MASTERS:
                self._gather_listed(record, places)
            elif record.kind == _FOOTERS:
                self._gather(record, 0)
        return self._packed(self._record(place) for place in [*places.values()][:_MAX_PLACES])

    def _packed(self, records: Iterable[_Record | None]) -> list[bytes]:
        """The objects among records, as they are packed."""
        objects = (
            one for one in records if one is not None and one.kind == _OBJECT and one.instance == _PACKED
        )
        return [self._content[one.begin : one.end] for one in islice(objects, _MAX_OBJECTS)]

    def _newest(self, place: int) -> tuple[dict[int, int], int]:
        """Where each object stands after the last edit, and which one is the document."""
        places: dict[int, int] = {}
        document = 0
        seen: set[int] = set()
        while place not in seen and len(seen) < _MAX_EDITS:
            seen.add(place)
            edit = self._record(place)
            if edit is None or edit.kind != _EDIT:
                break
            before, listed, reference = struct.unpack_from("<III", self._content, edit.begin + 8)
            document = document or reference
            table = self._record(listed)
            if table is not None and table.kind == _PLACES:
                self._take_places(table, places)
            if not before:
                break
            place = before
        return places, document

    def _take_places(self, table: _Record, places: dict[int, int]) -> None:
        place = table.begin
        while place + 4 <= table.end:
            head = struct.unpack_from("<I", self._content, place)[0]
            first, count = head & 0xFFFFF, head >> 20
            place += 4
            for number in range(count):
                if place + 4 > table.end:
                    return
                places.setdefault(first + number, struct.unpack_from("<I", self._content, place)[0])
                place += 4

    def _gather_listed(self, listed: _Record, places: dict[int, int]) -> None:
        """Slides (or notes) in their order: the texts of their outlines, then what stands in their drawings."""
        waiting: int | None = None
        passing = False
        for record in self._records(listed.begin, listed.end):
            if self._gatherer.full:
                return
            if record.kind == _SLIDE_PLACE:
                self._gather_object(waiting, places)
                waiting = struct.unpack_from("<I", self._content, record.begin)[0]
                if self._is_hidden(self._record(places.get(waiting, 0))):
                    waiting = None
                    passing = True
                else:
                    passing = False
            elif not passing:
                self._gather(record, 0)
        self._gather_object(waiting, places)

    def _gather_object(self, number: int | None, places: dict[int, int]) -> None:
        record = self._record(places.get(number, 0)) if number is not None else None
        if record is not None:
            self._gather(record, 0)
            self._gatherer.add("\n")

    def _gather(self, record: _Record, depth: int) -> None:
        content = self._content[record.begin : record.end]
        if record.kind == _CHARS:
            self._say(content.decode("utf-16-le", errors="replace"))
        elif record.kind == _BYTES:
            self._say(content.decode("latin-1"))
        elif record.kind == _STRING and depth and not content.startswith("___PPT".encode("utf-16-le")):
            self._say(content.decode("utf-16-le", errors="replace"))
        elif depth < _MAX_DEPTH and _is_read(record) and not self._is_switched_off(record):
            for inner in self._records(record.begin, record.end):
                # strings elsewhere are names of fonts, tags and templates
                if inner.kind != _STRING or record.kind in {_COMMENT, _FOOTERS}:
                    self._gather(inner, depth + 1)

    def _is_hidden(self, slide: _Record | None) -> bool:
        """Whether a slide is passed over when the slides are shown."""
        if slide is None or slide.kind != _SLIDE:
            return False
        for inner in self._records(slide.begin, slide.end):
            if inner.kind == _SHOWN and inner.end - inner.begin >= _SHOWN_BYTES:
                return bool(self._content[inner.begin + 10] & _IS_HIDDEN)
        return False

    def _is_switched_off(self, record: _Record) -> bool:
        """Whether a shape, or a group by the first one in it, is shown nowhere."""
        if record.kind == _GROUP:
            record = next(self._records(record.begin, record.end), record)
        if record.kind != _SHAPE:
            return False
        for inner in self._records(record.begin, record.end):
            if inner.kind in _SHAPE_PROPERTIES:
                for place in range(inner.begin, min(inner.begin + 6 * inner.instance, inner.end - 5), 6):
                    name, value = struct.unpack_from("<HI", self._content, place)
                    if name & 0x3FFF == _SHOWN_HOW:
                        return bool(value & _SWITCHED_OFF == _SWITCHED_OFF)
        return False

    def _say(self, text: str) -> None:
        self._gatherer.add(text.replace("\r", "\n").replace("\x0b", "\n") + "\n")

    def _record(self, place: int) -> _Record | None:
        if place + _HEADER_BYTES > len(self._content):
            return None
        head, kind, size = struct.unpack_from("<HHI", self._content, place)
        begin = place + _HEADER_BYTES
        return _Record(kind, head >> 4, head & 15 == _CONTAINER, begin, min(begin + size, len(self._content)))

    def _records(self, begin: int, end: int) -> Iterator[_Record]:
        while begin + _HEADER_BYTES <= end:
            record = self._record(begin)
            if record is None:
                return
            yield record._replace(end=min(record.end, end))
            begin = record.end


def _is_read(record: _Record) -> bool:
    """Whether there is text in a container: none in what later versions keep, and a master's is that of its template."""
    if record.kind == _MASTER or (record.kind == _SLIDES and record.instance == _MASTERS):
        return False
    return (record.container and record.kind not in _ROUND_TRIP) or record.kind == _TAG_DATA
