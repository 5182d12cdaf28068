"""
What the target accepted last, made ready to be pushed again: with another audience, or just as it was.

The source is not asked for any content: the body comes from the ledger, a long text from the text cache. What cannot be
made whole of them goes out without its text, or bare (title, link, audience), and is read anew by the next listing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec
import structlog

from connector.access.breadcrumbs import ContainerNames
from connector.document.audience import NOBODY, Audience
from connector.document.document import Document, Known, Listed, Met, Rendered
from connector.engine.batched import batched
from connector.ledger.documents import Documents
from connector.ledger.rows import Body, Standing
from connector.plan.findings import Why
from connector.ports.format import Format
from connector.ports.target import Stamp
from connector.push.document_push import DocumentPush

T = TypeVar("T")
LOOKED_UP_AT_ONCE = 20
"""Documents with their texts."""


class Accepted:
    """The documents of one target as they were accepted last."""

    def __init__(
        self,
        documents: Documents,
        form: Format,
        names: ContainerNames,
        *,
        recall: Callable[[str], str | None],
        stamp: Callable[[Standing], Stamp],
        rules: Callable[[str], bytes],
    ) -> None:
        self._documents = documents
        self._form = form
        self._recall = recall
        self.names = names
        self._stamp = stamp
        self._rules = rules
        self._log = structlog.get_logger()

    def unaccepted(self, run: int, source: str) -> Iterator[DocumentPush]:
        """
        Walk what lives in a source and could not be pushed anew in a run's session (unreadable, unmappable, refused).

        Of what has a call without an answer nothing is known: its removal may have been done, and a push would undo it.
        """
        for some in batched(self._documents.unaccepted(run, source=source), LOOKED_UP_AT_ONCE):
            known = self._documents.known([standing.id for standing, _ in some])
            for standing, body in some:
                if not standing.confirmed:
                    continue  # it was taken as new, and what was accepted once may be out of date
                if standing.id not in known or known[standing.id].redo_after is not None:
                    continue
                push = self.push_of(standing, body, None)
                if push is not None:
                    yield push

    def shown_to(self, identifier: str, audience: Audience, *, whole: bool, met: Met) -> DocumentPush | None:
        """
        A document as it was accepted last, for another audience.

        Args:
            whole: only where all of it is at hand, of what was met as it was accepted; else with what there is.
            met: where it was met.

        Returns:
            None where it cannot be made so of what is kept, or was met in another place since.
        """
        standing = self._documents.standing([identifier]).get(identifier)
        body = self._documents.body(identifier)
        if standing is None or body is None or (whole and not self.has_whole(body)):
            return None
        if not met.is_in(standing.container, standing.room):
            return None
        push = self.push_of(standing, body, audience, why=Why.OTHER_PEOPLE, is_met=whole)
        # a listing leaves nothing to nobody for good
        return push and msgspec.structs.replace(push, others_wait=audience == NOBODY)

    def has_whole(self, body: Body) -> bool:
        """Whether its text is still at hand, too."""
        return not body.text_key or bool(body.text) or bool(self._recall(body.text_key))

    def left_out(self, body: Body) -> frozenset[str]:
        """Ids of the containers that its breadcrumb does not name."""
        return self._form.left_out(body.hidden)

    def push_of(
        self,
        standing: Standing,
        body: Body | None,
        audience: Audience | None,
        *,
        why: Why = Why.KEPT,
        is_met: bool = False,
    ) -> DocumentPush | None:
        """
        Make a document ready; its version stays what it was.

        Args:
            body: None where no push of it was ever answered: then it goes out bare.
            audience: None: the one that it has.
            is_met: this run's listing met it in the version that was accepted, in which the names of all that it stands in count. Of any
                other its breadcrumb tells no name again that it left out: a container may have had another one before more people saw it.

        Returns:
            None when not even that can be written of it.
        """
        known = self._documents.known([standing.id]).get(standing.id)
        rendered, whole, is_whole_path = None, False, True
        if body is not None:
            closed = (
                self.names.closed_on(standing.source, standing.path, audience)
                if audience is not None
                else None
            )
            if closed is not None and not is_met and (kept := self.left_out(body) - closed):
                closed, is_whole_path = closed | kept, False
            rendered, whole = self._carefully(standing, lambda: self._again(body, audience, closed)) or (
                None,
                False,
            )
        if rendered is None and not (body is not None and audience is None):
            rendered = self._carefully(standing, lambda: self._bare(standing, audience or NOBODY))
        if rendered is None:
            return None
        # without its text, or a name that may be told again, it is to be read anew
        version = (known.version or b"") if whole and is_whole_path and known is not None else b""
        return self._made(standing, known, rendered, version, why)

    def _carefully(self, standing: Standing, make: Callable[[], T]) -> T | None:
        """Whatever is odd about one document costs that one only: the narrowing of all others must not end with it (rule 7)."""
        try:
            return make()
        except Exception as error:  # noqa: BLE001 - told, and the document goes out bare or is taken out
            self._log.error("document.odd", document=standing.id, exc_info=error)
            return None

    def _again(
        self, body: Body, audience: Audience | None, closed: frozenset[str] | None
    ) -> tuple[Rendered, bool]:
        """The document as it was, and whether it has its text."""
        text = body.text
        if not text and body.text_key and (words := self._recall(body.text_key)):
            text = self._form.encode_text(words)
        rendered = self._form.with_audience(
            body.body,
            text,
            audience,
            hidden=body.hidden,
            closed=closed,
            text_missing=body.text_missing,
            text_key=body.text_key,
        )
        return rendered, bool(text) or not body.text_key

    def _bare(self, standing: Standing, audience: Audience) -> Rendered:
        """A document of which only its name is at hand."""
        return self._form.render(
            Document(
                id=standing.id,
                type_name=standing.kind.capitalize(),
                title=standing.title,
                url=standing.url,
                audience=audience,
                path=standing.path or f"/{standing.id}/",
                is_parent=self._documents.is_container(standing.id),
            )
        )

    def _made(
        self, standing: Standing, known: Known | None, rendered: Rendered, version: bytes, why: Why
    ) -> DocumentPush:
        return DocumentPush(
            source=standing.source,
            listed=Listed(
                id=standing.id,
                native=standing.native,
                kind=standing.kind,
                name=standing.title,
                version=version,
                audience=rendered.audience,
            ),
            rendered=rendered,
            room=standing.room,
            container=standing.container,
            rules=(known.rules if known is not None else None) or self._rules(standing.source),
            stamp=self._stamp(standing),
            known=known,
            present=False,
            why=why,
        )
