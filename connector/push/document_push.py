"""One document on its way to the target, and what is to be remembered of it. PURE."""

from __future__ import annotations

import msgspec

from connector.document.audience import Audience
from connector.document.document import Known, Listed, Met, Rendered, met_in
from connector.document.states import IN_TARGET, NEW
from connector.plan.findings import Why
from connector.ports.format import Format
from connector.ports.target import Stamp


class DocumentPush(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One document to push, and what is to be remembered of it. Implements `connector.ledger.rows.Pushed`."""

    source: str
    listed: Listed
    rendered: Rendered
    room: str
    container: str
    rules: bytes
    stamp: Stamp
    known: Known | None
    why: Why
    present: bool = True
    """It was listed where it stands."""
    counts: bool = True
    """Whether it is told of: what only carries a note to the intranet is not."""
    others_wait: bool = False
    """Nobody finds it until others altogether do: that is no removal."""
    again: bool = False
    """It was counted already in this run, and goes out a second time, to more people."""

    @property
    def altered(self) -> bool:
        """
        Whether the ledger may have it elsewhere, otherwise, or nowhere.

        Title, address and path are a part of what is pushed, and its kind of its version.
        """
        known = self.known
        return (
            known is None
            or known.state not in IN_TARGET
            or known.container != self.container
            or known.fingerprint != self.rendered.fingerprint
            or known.version != self.listed.version
        )

    @property
    def went_unanswered(self) -> bool:
        """Whether a push of it before was not answered, or not at first: it may be the one for which none of its batch was."""
        known = self.known
        return known is not None and (known.state == NEW or known.redo_after is not None)

    @property
    def met_in(self) -> Met | None:
        """Where it was met; None: nobody had accepted it anywhere then."""
        return None if self.known is None else met_in(self.container, self.room, self.known)

    def for_common(self, form: Format, known: Known, had: Audience) -> DocumentPush:
        """
        The same for those alone who may see it by both, where somebody else has met it elsewhere and nobody can tell which of the two
        was last; it is made anew as soon as it is listed again.

        Args:
            known: what the ledger has of it now.
            had: with whom it was accepted.
        """
        rendered, common = self.rendered, had.common(self.rendered.audience)
        if common == rendered.audience:
            return msgspec.structs.replace(self, known=known)
        shown = form.with_audience(
            rendered.body,
            rendered.text,
            common,
            hidden=rendered.hidden,
            text_missing=rendered.text_missing,
            text_key=rendered.text_key,
        )
        listed = msgspec.structs.replace(self.listed, version=b"", audience=common)
        return msgspec.structs.replace(self, known=known, rendered=shown, listed=listed)

    @property
    def reshown(self) -> bool:
        """Whether the ledger may have it with another audience: what was listed is compared as it was listed."""
        if not self.present:
            return True
        known = self.known
        return (
            known is not None
            and known.audience is not None
            and known.audience != self.rendered.audience.digest()
        )
