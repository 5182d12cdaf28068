"""
Layers of a PDF that are off when it is opened: which they are, and pages without what belongs to them.

PDFium draws no such layer, but reads its words, and its public interface does not tell which are off. So a page of a
document that has some is copied with the layers' names replaced by a mark, which PDFium does tell, and without the
drawings and annotations that belong to them as a whole.

Source: ISO 32000-1, 8.11 (optional content).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import IO, Any, Final

import pypdf
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import IndirectObject, NameObject, TextStringObject

from connector.text.embedded import Readable

MARK: Final = "connector: this layer is off"
"""The name of every layer that is off, in a copied page."""
_MAX_LAYERS: Final = 10_000
_MAX_DRAWINGS: Final = 5_000
_MAX_ANNOTATIONS: Final = 5_000
_MAX_DEPTH: Final = 20
# What pypdf raises of files that are not what they promise (observed): its own errors, and Python's of odd values.
ODD: Final = (
    PyPdfError,
    DependencyError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    EOFError,
    OSError,
    struct.error,
    zlib.error,
)


class Layers:
    """The layers of one document of which some are off."""

    def __init__(self, stream: IO[bytes], reader: pypdf.PdfReader, off: frozenset[int]) -> None:
        self._stream = stream
        self._reader = reader
        self._off = off
        """Numbers of the objects that are layers and off."""
        for number in off:
            self._rename(IndirectObject(number, 0, reader))

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def annotations_off(self, number: int) -> frozenset[int]:
        """Which annotations of a page belong to a layer that is off, by their places; raises one of ODD."""
        page = self._reader.pages[number]
        found = listed(page.get("/Annots"))[:_MAX_ANNOTATIONS]
        return frozenset(
            place for place, one in enumerate(found) if self._hides(table(one).get("/OC"), _MAX_DEPTH)
        )

    def copy_page(self, number: int, without: frozenset[int]) -> bytes:
        """
        Make a document of one page whose hidden words bear the MARK; raises one of ODD.

        Args:
            without: places of annotations that are left out.
        """
        page = self._reader.pages[number]
        annotations = listed(page.get("/Annots"))
        if annotations:
            kept = [one for place, one in enumerate(annotations) if place not in without]
            page[NameObject("/Annots")] = pypdf.generic.ArrayObject(kept)
        seen: set[int] = set()
        self._clear(table(page.get("/Resources")), seen, _MAX_DEPTH)
        for one in annotations[:_MAX_ANNOTATIONS]:
            for looks in table(table(one).get("/AP")).values():
                self._clear(table(table(looks).get("/Resources")), seen, _MAX_DEPTH)
        writer = pypdf.PdfWriter()
        writer.add_page(page)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    def _clear(self, resources: Any, seen: set[int], depth: int) -> None:
        """Empty the drawings that belong to layers that are off; mark conditions that hide."""
        if depth <= 0 or id(resources) in seen or len(seen) > _MAX_DRAWINGS:
            return
        seen.add(id(resources))
        for one in table(resources.get("/Properties")).values():
            properties = table(one)
            if properties.get("/Type") == "/OCMD" and self._hides(one, _MAX_DEPTH):
                properties[NameObject("/Name")] = TextStringObject(MARK)
        for one in table(resources.get("/XObject")).values():
            drawing = one.get_object()
            if not isinstance(drawing, pypdf.generic.StreamObject) or drawing.get("/Subtype") != "/Form":
                continue
            if self._hides(drawing.get("/OC"), _MAX_DEPTH):
                _empty(drawing)
            else:
                self._clear(table(drawing.get("/Resources")), seen, depth - 1)

    def _hides(self, content: Any, depth: int) -> bool:
        """Whether a layer, or a condition over some, is off."""
        if content is None or depth <= 0:
            return False
        if isinstance(content, IndirectObject) and content.idnum in self._off:
            return True
        condition = table(content)
        if condition.get("/Type") != "/OCMD":
            return False
        expression = listed(condition.get("/VE"))
        if expression:
            return not self._shows(expression, depth - 1)
        groups = condition.raw_get("/OCGs") if "/OCGs" in condition else None
        several = listed(groups) if not _is_layer(groups) else [groups]
        states = [not self._hides(one, depth - 1) for one in several[:_MAX_LAYERS]]
        if not states:
            return False
        match condition.get("/P", "/AnyOn"):
            case "/AllOn":
                return not all(states)
            case "/AnyOff":
                return all(states)
            case "/AllOff":
                return any(states)
            case _:
                return not any(states)

    def _shows(self, expression: Any, depth: int) -> bool:
        """Evaluate a visibility expression: a layer, or [/And ...], [/Or ...], [/Not x]."""
        if depth <= 0 or _is_layer(expression):
            return not self._hides(expression, depth)
        parts = listed(expression)
        shown = [self._shows(one, depth - 1) for one in parts[1:_MAX_LAYERS]]
        match parts[0] if parts else "":
            case "/Not":
                return not all(shown)
            case "/Or":
                return any(shown)
            case _:
                return all(shown)

    def _rename(self, layer: IndirectObject) -> None:
        table(layer)[NameObject("/Name")] = TextStringObject(MARK)


def find_layers(file: Readable, saved: Callable[[], IO[bytes] | None] = lambda: None) -> Layers | None:
    """
    Look for layers that are off; None where there are none, or the file does not say so in a way that can be read.

    Args:
        saved: opens the same document without its lock, and with what is damaged mended, where the file cannot be read as it is.
    """
    for opened in (partial(file.open, "rb"), saved):
        stream = opened()
        if stream is None:
            break
        try:
            reader = pypdf.PdfReader(stream)
            off = _off(reader.root_object.get("/OCProperties"))
            if off:
                return Layers(stream, reader, off)
        except ODD:
            stream.close()
            continue
        stream.close()
        break
    return None


def _off(properties: Any) -> frozenset[int]:
    if properties is None:
        return frozenset()
    properties = properties.get_object()
    state = table(properties.get("/D"))
    every = _numbers(properties.get("/OCGs"))
    off = _numbers(state.get("/OFF"))
    if state.get("/BaseState") == "/OFF":
        off = every - _numbers(state.get("/ON"))
    for usage in listed(state.get("/AS"))[:_MAX_LAYERS]:
        if table(usage).get("/Event") == "/View":
            off |= {
                one.idnum
                for one in listed(table(usage).get("/OCGs"))[:_MAX_LAYERS]
                if isinstance(one, IndirectObject) and _view_state(one) == "/OFF"
            }
    return frozenset(off)


def _view_state(layer: Any) -> Any:
    return table(table(table(layer).get("/Usage")).get("/View")).get("/ViewState")


def _numbers(layers: Any) -> set[int]:
    return {one.idnum for one in listed(layers)[:_MAX_LAYERS] if isinstance(one, IndirectObject)}


def _is_layer(content: Any) -> bool:
    return isinstance(_resolved(content), dict)


def _resolved(value: Any) -> Any:
    return value.get_object() if value is not None and hasattr(value, "get_object") else value


def table(value: Any) -> Any:
    """A dictionary of the file, which may stand elsewhere; an empty one for anything else."""
    found = _resolved(value)
    return found if isinstance(found, dict) else pypdf.generic.DictionaryObject()


def listed(value: Any) -> Any:
    """The same of a list."""
    found = _resolved(value)
    return found if isinstance(found, list) else []


def _empty(drawing: Any) -> None:
    """Take everything out of a drawing, however it is packed."""
    drawing._data = b""
    if hasattr(drawing, "decoded_self"):
        drawing.decoded_self = None
    for key in ("/Filter", "/DecodeParms"):
        drawing.pop(NameObject(key), None)
