"""How documents are written for one connector of Interact: its wire, with what the settings choose of it. PURE."""

from __future__ import annotations

import msgspec

from connector.document.clean import cut_text
from connector.document.document import Document, Rendered
from connector.document.ids import digest
from connector.target import wire


class InteractFormat(msgspec.Struct, frozen=True, kw_only=True):
    """What documents are written with. Implements `connector.ports.format.Format`."""

    sessions: bool = True
    """Documents that a session lacks go with its end; else only by their ids."""
    encoding: str = "text"
    """Of texts: text or base64."""
    max_text_bytes: int = 1_000_000
    """UTF-8; longer texts are cut, those of entries and records as those of files."""

    with_audience = staticmethod(wire.with_audience)
    left_out = staticmethod(wire.left_out)
    lighter = staticmethod(wire.lighter)

    @property
    def settings_hash(self) -> bytes:
        """Hash of the settings that choose it."""
        return digest([msgspec.json.encode(self)])

    @property
    def deletion_mode(self) -> str:
        """Interact's word for it, sent with every document and every person."""
        return "Session" if self.sessions else "Explicit"

    def render(self, document: Document) -> Rendered:
        """Serialise a document, once."""
        text, cut = cut_text(document.text, self.max_text_bytes)
        if cut:
            document = msgspec.structs.replace(document, text=text)
        return wire.render(document, deletion_mode=self.deletion_mode, encoding=self.encoding)

    def encode_text(self, text: str) -> bytes:
        """Make FileContents of a plain text."""
        return wire.encode_text(text, self.encoding)
