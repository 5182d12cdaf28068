"""
How documents are written for a target, before anybody is called. No implementation is named here.
"""

from __future__ import annotations

from typing import Protocol

from connector.document.audience import Audience
from connector.document.document import Document, Rendered


class Format(Protocol):
    """The way one target wants its documents; calls nobody."""

    @property
    def settings_hash(self) -> bytes:
        """Hash of the settings that choose it."""

    def render(self, document: Document) -> Rendered:
        """Serialise a document, once."""

    def encode_text(self, text: str) -> bytes:
        """Make the target's text of a plain one."""

    def with_audience(
        self,
        body: bytes,
        text: bytes,
        audience: Audience | None,
        *,
        hidden: bytes = b"",
        closed: frozenset[str] | None = None,
        text_missing: str = "",
        text_key: str = "",
    ) -> Rendered:
        """
        Make a document that was accepted before ready to be pushed again.

        Args:
            audience: None: the one that it has.
            hidden: what its breadcrumb left out.
            closed: ids whose names it is to leave out; None: as before.
        """

    def left_out(self, hidden: bytes) -> frozenset[str]:
        """Ids whose names a breadcrumb left out."""

    def lighter(self, rendered: Rendered) -> list[Rendered]:
        """What to try, in order, when a document is refused."""
