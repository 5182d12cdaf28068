"""
Layers of a PDF that are off when it is opened: their names, which PDFium's public interface does not tell.

Source: ISO 32000-1, 8.11.4 (optional content properties).
"""

from __future__ import annotations

from typing import Any, Final

import pypdf
from pypdf.errors import PyPdfError

from connector.text.inner import Readable

_MAX_LAYERS: Final = 10_000
# What pypdf raises of files that are not what they promise (observed): its own errors, and Python's of odd values.
_ODD: Final = (
    PyPdfError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    OSError,
)


def hidden_layers(file: Readable) -> frozenset[str]:
    """The names of the layers that are off; none where the file does not say so in a way that can be read."""
    try:
        with file.open("rb") as stream:
            return _hidden(pypdf.PdfReader(stream).root_object.get("/OCProperties"))
    except _ODD:
        return frozenset()


def _hidden(properties: Any) -> frozenset[str]:
    if properties is None:
        return frozenset()
    properties = properties.get_object()
    state = properties.get("/D", {}).get_object() if "/D" in properties else {}
    listed = "/ON" if state.get("/BaseState") == "/OFF" else "/OFF"
    named = {_name(one) for one in state.get(listed, [])[:_MAX_LAYERS]}
    if listed == "/OFF":
        return frozenset(named)
    return frozenset({_name(one) for one in properties.get("/OCGs", [])[:_MAX_LAYERS]} - named)


def _name(layer: Any) -> str:
    return str(layer.get_object().get("/Name", ""))
