"""Documents that what stands in their container tells to be out of date, whatever their own row says."""

from __future__ import annotations

from typing import Protocol

from connector.document.document import Container, Known, Listed
from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ledger.documents import Documents
from connector.ports.source import Source


class Take(Protocol):
    """Pushes one item that was found outside its listing."""

    async def __call__(
        self, listed: Listed, *, room: str, container: str, known: Known | None, present: bool
    ) -> None:
        """
        Args:
            present: it moved; else its listing goes on lacking it.
        """


async def make_again(container: Container, source: Source, documents: Documents, take: Take) -> None:
    """Make a container's own document anew: at once where it answers for itself, else when it is listed next."""
    documents.forget_versions([container.id])
    room = container.scope.key
    try:
        verdict = await source.ask(container.native, room, room, ())
    except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
        return
    if verdict.listed is None or verdict.room != room or not verdict.container:
        return
    known = documents.known([container.id]).get(container.id)
    await take(verdict.listed, room=room, container=verdict.container, known=known, present=True)
